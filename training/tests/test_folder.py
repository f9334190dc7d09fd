"""A BERT folder becomes a DistilBERT folder that computes the same; what cannot is refused."""

import json
import pathlib
import tempfile
import unittest

import safetensors.torch
import torch
import transformers

import folder
import small


class FolderTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_hidden_states_are_berts(self):
        for heads, dim in ((6, 48), (12, 60), (12, 384)):
            with self.subTest(heads=heads, dim=dim):
                start = small.bert(self.folder / f"bert{dim}", heads, dim, layers=6, spread=0.05)
                self.round_summed_tables(start / "model.safetensors")
                converted = folder.read(start)
                folder.write(self.folder / f"distil{dim}", converted, torch.float32)
                bert, ours = [transformers.AutoModel.from_pretrained(path).eval()
                              for path in (start, self.folder / f"distil{dim}")]
                self.assertEqual(ours.config.model_type, "distilbert")
                texts = [torch.tensor([converted.tokenizer.encode(text).ids]) for text, _ in small.reviews(20, 7)]
                states = lambda model: [model(input_ids=ids).last_hidden_state for ids in texts]
                furthest = lambda some, others: max((a - b).abs().max().item() for a, b in zip(some, others))
                with torch.no_grad():
                    in_f32 = [states(model) for model in (bert, ours)]
                    exact, again = [states(model.double()) for model in (bert, ours)]
                self.assertLess(furthest(exact, again), 1e-12)
                # In f32 the two add up in different orders: ours may be as far from the exact states as BERT is itself.
                bert_is_off, we_are_off = [furthest(found, exact) for found in in_f32]
                self.assertLess(we_are_off, 2 * bert_is_off)
                self.assertLess(furthest(*in_f32), 3e-6)

    def round_summed_tables(self, path):
        """Makes the sum of positions and token types, which conversion computes, exact in f32."""
        tensors = safetensors.torch.load_file(path)
        for name in ("position_embeddings", "token_type_embeddings"):
            name = f"embeddings.{name}.weight"
            tensors[name] = torch.round(tensors[name] * 4096) / 4096
        safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})

    def test_tokenizer_is_berts(self):
        start = small.bert(self.folder / "bert")
        folder.write(self.folder / "out", folder.read(start), torch.float32)
        texts = ["Slowly, a GREAT film!", "caf\u00e9s", "unknown " * 80]
        theirs, ours = [transformers.AutoTokenizer.from_pretrained(p) for p in (start, self.folder / "out")]
        self.assertEqual(theirs(texts)["input_ids"], ours(texts)["input_ids"])

    def test_what_distilbert_cannot_do_is_refused(self):
        cases = ({"position_embedding_type": "relative_key"}, {"layer_norm_eps": 1e-5}, {"is_decoder": True},
                 {"model_type": "roberta"}, {"hidden_act": "silu"}, {"num_attention_heads": 7}, {"embedding_size": 8})
        for number, change in enumerate(cases):
            with self.subTest(change):
                start = small.bert(self.folder / f"b{number}")
                config = json.loads((start / "config.json").read_text())
                (start / "config.json").write_text(json.dumps({**config, **change}))
                with self.assertRaisesRegex(folder.Error, "config.json.*expected|config.json.*can do"):
                    folder.read(start)

    def test_missing_and_misshapen_tensors_are_named(self):
        start = small.bert(self.folder / "b")
        tensors = safetensors.torch.load_file(start / "model.safetensors")
        name = "encoder.layer.1.attention.self.query.weight"
        safetensors.torch.save_file({**tensors, name: torch.zeros(3, 3)}, start / "model.safetensors")
        with self.assertRaisesRegex(folder.Error, r"layer.1.attention.q_lin.weight: expected shape \(48, 48\)"):
            folder.read(start)
        del tensors[name]
        safetensors.torch.save_file(tensors, start / "model.safetensors")
        with self.assertRaisesRegex(folder.Error, "layer.1.attention.q_lin.weight, found none"):
            folder.read(start)


if __name__ == "__main__":
    unittest.main()
