"""The temperature is the one with the least log loss; dividing by it changes scores and no label."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import safetensors.torch
import torch
import torch.nn.functional as F

import calibrate
import folder
import network
import small

SCRIPT = pathlib.Path(calibrate.__file__)


def drawn(count, labels, surer, seed):
    """Logits whose softmax is right as often as it says, made surer by a factor, and the labels."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, labels, generator=generator) * 2
    answers = torch.multinomial(F.softmax(logits, -1), 1, generator=generator).squeeze(1)
    return logits * surer, answers


class TemperatureTest(unittest.TestCase):
    def test_undoes_what_made_scores_too_sure_or_not_sure_enough(self):
        for labels in (2, 5):
            for surer in (0.5, 1.0, 1.7):
                found = calibrate.fitted_temperature(*drawn(20000, labels, surer, labels))
                self.assertAlmostEqual(found / surer, 1, delta=0.05)

    def test_no_other_temperature_has_less_loss(self):
        logits, answers = drawn(500, 3, 1.4, 1)
        loss = lambda t: F.cross_entropy(logits.double() / t, answers, label_smoothing=3 / 503).item()
        found = calibrate.fitted_temperature(logits, answers)
        self.assertLess(loss(found), min(loss(0.05 + 0.01 * i) for i in range(2000)) + 1e-9)

    def test_texts_without_a_mistake_do_not_ask_for_certainty(self):
        answers = torch.arange(200) % 2
        logits = F.one_hot(answers, 2) * 3.0
        scores = F.softmax(logits / calibrate.fitted_temperature(logits, answers), -1).max(-1).values
        self.assertAlmostEqual(scores[0].item(), 201 / 202, places=6)

    def test_calibration_error_is_the_gap_of_score_and_accuracy(self):
        logits = torch.tensor([0.9, 0.9, 0.9, 0.9, 0.6]).logit()
        logits = torch.stack([torch.zeros(5), logits], 1)
        self.assertAlmostEqual(calibrate.calibration_error(logits, torch.tensor([1, 1, 0, 1, 1])),
                               (4 * (0.9 - 0.75) + 0.4) / 5, places=6)


class FolderTest(unittest.TestCase):
    def test_divides_the_classifier_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as path:
            path = pathlib.Path(path)
            model = folder.read(small.bert(path / "start"))
            model.labels = ["NEGATIVE", "POSITIVE"]
            head = network.new_head(model.shape, 2, 1)
            model.tensors.update({name: tensor * 50 for name, tensor in head.items()})
            folder.write(path / "model", model)
            texts = small.tsv(path / "texts.tsv", small.reviews(300, 1))
            done = subprocess.run([sys.executable, str(SCRIPT), str(path / "model"), str(path / "out"), "--fit",
                                   str(texts), "--judge", str(texts)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            temperature = float(done.stdout.split()[1].rstrip(","))
            self.assertGreater(temperature, 1.5)  # a head that has learnt nothing is far too sure
            before, after = [safetensors.torch.load_file(path / n / "model.safetensors") for n in ("model", "out")]
            for name, tensor in before.items():
                if name in folder.CLASSIFIER:
                    self.assertEqual(after[name].dtype, torch.float32)
                    torch.testing.assert_close(after[name] * temperature, tensor, rtol=1e-3, atol=0)
                else:
                    self.assertTrue(torch.equal(after[name], tensor), name)
            self.assertEqual(json.loads((path / "out" / "config.json").read_text())["dtype"], "bfloat16")
