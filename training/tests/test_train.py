"""The recipe makes a model that valence and transformers answer alike; a resumed run ends where a whole one does."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import safetensors.torch
import torch
import transformers

import small

SCRIPT = pathlib.Path(__file__).parent.parent / "train.py"


class TrainTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.train = small.tsv(cls.folder / "train.tsv", small.reviews(1200, 1))
        cls.dev = small.tsv(cls.folder / "dev.tsv", small.reviews(200, 2))
        cls.start = small.bert(cls.folder / "start")

    def command(self, output, *options, start=None):
        return [sys.executable, str(SCRIPT), str(start or self.start), str(self.folder / output),
                "--train", str(self.train), "--dev", str(self.dev), "--labels", "NEGATIVE,POSITIVE",
                "--batch-texts", "16", "--learning-rate", "1e-3", "--epochs", "4", "--checkpoint-steps", "7",
                "--dtype", "float32", *options]

    def run_train(self, *arguments, code=0, **more):
        done = subprocess.run(self.command(*arguments, **more), capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def valence_logits(self, path, texts):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        command = [os.environ["VALENCE_TOOL"], "--model", str(path), "--precision", "f32", "--jsonl", "--logits"]
        done = subprocess.run(command, input=lines, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return torch.tensor([json.loads(line)["logits"] for line in done.stdout.splitlines()])

    def transformers_logits(self, path, texts):
        model = transformers.AutoModelForSequenceClassification.from_pretrained(path).eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(path)
        with torch.no_grad():
            return torch.cat([model(**{k: v for k, v in tokenizer(t, return_tensors="pt", truncation=True).items()
                                       if k != "token_type_ids"}).logits for t in texts])

    def test_valence_answers_as_transformers_does(self):
        for heads, dim in ((6, 48), (12, 60)):
            with self.subTest(heads=heads, dim=dim):
                start = small.bert(self.folder / f"start{heads}", heads, dim)
                printed = self.run_train(f"heads{heads}", start=start).stdout
                right = int(re.search(r"dev.tsv: (\d+) of 200 right", printed)[1])
                rows = list(small.reviews(200, 2))
                texts, labels = [t for t, _ in rows], torch.tensor([label for _, label in rows])
                path = self.folder / f"heads{heads}"
                theirs, ours = self.transformers_logits(path, texts), self.valence_logits(path, texts)
                self.assertLess((theirs - ours).abs().max().item(), 1e-4)
                self.assertEqual((theirs.argmax(-1) == labels).sum().item(), right)
                self.assertGreater(right, 190)
                self.assertIn(f"({right} right)", (path / "README.md").read_text())

    def test_killed_and_resumed_equals_whole(self):
        options = ("--average-from", "0.5", "--epochs", "2", "--threads", "2")
        whole = self.run_train("whole", *options).stdout
        process = subprocess.Popen(self.command("killed", *options, "--resume"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        checkpoint = self.folder / "killed.run" / "checkpoint.pt"
        deadline = time.monotonic() + 60
        while not checkpoint.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        self.assertEqual(process.wait(), -signal.SIGKILL)
        resumed = self.run_train("killed", *options, "--resume")
        self.assertRegex(resumed.stderr, r"resumed after step \d+")
        final = lambda printed: [line for line in printed.splitlines() if " right " in line]
        self.assertEqual(final(resumed.stdout), final(whole))
        one, other = [safetensors.torch.load_file(self.folder / n / "model.safetensors") for n in ("whole", "killed")]
        for name, tensor in one.items():
            self.assertTrue(torch.equal(tensor, other[name]), name)

    def test_scores_are_calibrated_unless_told_otherwise(self):
        for name, how in (("calibrated", "dev"), ("plain", "none")):
            printed = self.run_train(name, "--epochs", "1", "--calibrate", how).stdout
            found = re.search(r"^temperature (\d+\.\d+), fitted to dev.tsv$", printed, re.MULTILINE)
            self.assertEqual(found is None, how == "none")
            if found:
                temperature = float(found[1])
                self.assertIn(f"divided by {found[1]}", (self.folder / name / "README.md").read_text())
        texts = [text for text, _ in small.reviews(50, 4)]
        calibrated, plain = [self.valence_logits(self.folder / n, texts) for n in ("calibrated", "plain")]
        torch.testing.assert_close(calibrated * temperature, plain, rtol=1e-3, atol=1e-4)

    def test_another_seed_is_another_model(self):
        for seed in ("1", "2"):
            self.run_train("seed" + seed, "--seed", seed, "--epochs", "1")
        one, other = [safetensors.torch.load_file(self.folder / n / "model.safetensors") for n in ("seed1", "seed2")]
        self.assertFalse(torch.equal(one["classifier.weight"], other["classifier.weight"]))

    def test_resuming_with_other_settings_is_refused(self):
        self.run_train("other", "--epochs", "1")
        done = self.run_train("other", "--epochs", "2", "--resume", code=1)
        self.assertRegex(done.stderr, "checkpoint.pt: expected the run's own settings")

    def test_stops_early_when_nothing_gets_better(self):
        printed = self.run_train("early", "--learning-rate", "1e-9", "--epochs", "10", "--patience", "3").stdout
        self.assertEqual(len([line for line in printed.splitlines() if line.startswith("{")]), 4)

    def test_distils_from_teachers(self):
        self.run_train("teacher")
        teacher = str(self.folder / "teacher")
        student = small.bert(self.folder / "student", 6, 24, layers=1)
        printed = self.run_train("taught", "--teacher", teacher, "--teacher", teacher, "--distil-share", "1",
                                 "--learning-rate", "3e-3", start=student).stdout
        self.assertGreater(int(re.search(r"dev.tsv: (\d+) of 200 right", printed)[1]), 190)

    def test_one_class_is_refused(self):
        one = small.tsv(self.folder / "one.tsv", ((text, 1) for text, _ in small.reviews(20, 3)))
        command = [str(one) if part == str(self.train) else part for part in self.command("none")]
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "train: error: .*one.tsv: expected texts of two labels")


if __name__ == "__main__":
    unittest.main()
