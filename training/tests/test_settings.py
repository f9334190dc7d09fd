"""Settings come from a recipe and options, and impossible ones are named."""

import pathlib
import tempfile
import unittest
import unittest.mock

import settings
from folder import Error


class SettingsTest(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "recipe.toml"
            path.write_text(text)
            values, sources = settings.read(path)
        settings.check(values, sources)
        return values, sources

    def test_recipe_sets_what_it_names_and_leaves_the_rest(self):
        values, sources = self.read('epochs = 7\nlearning_rate = 1\n[[train]]\nfile = "a.tsv"\nwindow = 9\n')
        self.assertEqual((values.epochs, values.learning_rate, values.clip), (7, 1.0, 1.0))
        self.assertEqual((sources[0].file, sources[0].window, sources[0].per_epoch), ("a.tsv", 9, [1.0]))

    def test_the_recipes_of_this_folder_are_sound(self):
        for path in pathlib.Path(settings.__file__).parent.glob("*.toml"):
            settings.check(*settings.read(path))

    def test_products_are_in_bf16_only_where_the_cpu_has_it_or_when_asked(self):
        for flags, mixed in (({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False)):
            with unittest.mock.patch("torch.cpu.get_capabilities", return_value=flags):
                self.assertEqual(self.read("epochs = 1")[0].mixed, mixed, flags)
                self.assertTrue(self.read("mixed = true")[0].mixed)

    def test_what_is_wrong_is_named(self):
        cases = (("epochs = 0", "epochs: expected more than 0, found 0"), ("epoch = 1", "unknown setting 'epoch'"),
                 ("epochs = 1.5", "epochs: expected int, found 1.5"), ("mixed = 1", "mixed: expected bool"),
                 ("dropout = 2.0", "dropout: expected a share"), ("epochs", "cannot be read"),
                 ('labels = ["a", "a"]', "labels: expected two or more different names"),
                 ('[[train]]\nfile = "a.tsv"\nper_epoch = []', "a.tsv: per_epoch: expected numbers"),
                 ('[[train]]\nfile = "a.tsv"\nlong_share = 2.0', "a.tsv: expected windows"))
        for text, message in cases:
            with self.subTest(text), self.assertRaisesRegex(Error, message):
                self.read(text)


if __name__ == "__main__":
    unittest.main()
