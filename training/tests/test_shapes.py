"""Widening keeps a model's answers; regrouping keeps them where joined heads agree; averaging takes the mean."""

import pathlib
import tempfile
import unittest

import torch
import transformers

import average
import folder
import network
import regroup_heads
import small
import widen


class ShapesTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def classifier(self, name, heads=12, dim=48, seed=1):
        model = folder.read(small.bert(self.folder / name, heads, dim, seed=seed))
        head = network.new_head(model.shape, 2, 3)
        model.tensors.update({n: t * 10 for n, t in head.items()})  # so that answers differ visibly
        model.tensors["classifier.bias"] += torch.tensor([0.3, -0.2])
        model.labels = ["NEGATIVE", "POSITIVE"]
        return model

    def logits(self, model, name):
        """By transformers, in f64, of the folder as written."""
        folder.write(self.folder / name, model, torch.float32)
        reader = transformers.AutoModelForSequenceClassification.from_pretrained(self.folder / name).double().eval()
        with torch.no_grad():
            return torch.cat([reader(input_ids=torch.tensor([model.tokenizer.encode(text).ids])).logits
                              for text, _ in small.reviews(20, 5)])

    def test_widened_model_answers_the_same(self):
        for heads in (6, 12):
            model = self.classifier(f"start{heads}", heads)
            wide = widen.widened(model)
            self.assertEqual((wide.shape.dim, wide.shape.head_dim), (96, 2 * model.shape.head_dim))
            before, after = self.logits(model, f"narrow{heads}"), self.logits(wide, f"wide{heads}")
            self.assertGreater(before.std(0).min().item(), 0.1)
            self.assertLess((before - after).abs().max().item(), 1e-6)

    def test_regrouped_model_answers_the_same_where_joined_heads_are_equal(self):
        model = self.classifier("pairs")
        for name, tensor in model.tensors.items():
            if ".q_lin." in name or ".k_lin." in name:
                heads = tensor.view(12, 4, *tensor.shape[1:])
                heads[1::2] = heads[::2]
        before, after = self.logits(model, "twelve"), self.logits(regroup_heads.regrouped(model, 6), "six")
        self.assertLess((before - after).abs().max().item(), 1e-6)

    def test_regrouping_into_no_divisor_is_refused(self):
        with self.assertRaisesRegex(folder.Error, "--heads: expected a divisor of 12, found 5"):
            regroup_heads.regrouped(self.classifier("start"), 5)

    def test_average_is_the_mean(self):
        one, other = self.classifier("one"), self.classifier("other", seed=2)
        expected = {n: (t + other.tensors[n]) / 2 for n, t in one.tensors.items()}
        found = average.averaged([one, other], ["one", "other"])
        for name, tensor in found.tensors.items():
            self.assertTrue(torch.allclose(tensor, expected[name], atol=1e-7), name)
        with self.assertRaisesRegex(folder.Error, "narrow: expected shape"):
            average.averaged([found, self.classifier("narrow", dim=24)], ["wide", "narrow"])


if __name__ == "__main__":
    unittest.main()
