// Records from TSV, CSV and JSON lines: fields, line numbers, and what becomes of malformed ones.
#include "table/reader.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>

#include "table/csv.h"

namespace table {
namespace {

// A file in memory that holds the text.
class Input {
 public:
  explicit Input(const std::string& text) : fd_(memfd_create("input", MFD_CLOEXEC)) {
    EXPECT_EQ(write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    lseek(fd_, 0, SEEK_SET);
  }
  ~Input() { close(fd_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Each record as "line: name=value|..", or "line! error".
std::vector<std::string> Read(const std::string& text, Format format, const ReaderOptions& options = {}) {
  const Input input(text);
  Reader reader(input.fd(), "input", format, options);
  std::vector<std::string> records;
  for (auto record = reader.Next(); record; record = reader.Next()) {
    std::string shown = std::to_string(record->line) + (record->error.empty() ? ":" : "! " + record->error);
    for (const auto& [name, value] : record->fields) shown += " " + name + "=" + value + "|";
    records.push_back(shown);
  }
  return records;
}

std::string HeaderError(const std::string& text, Format format) {
  try {
    Read(text, format);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

using Lines = std::vector<std::string>;

TEST(CsvRecord, ReadsWhatPythonsCsvModuleReads) {
  const auto cases = nlohmann::json::parse(std::ifstream(VALENCE_REFERENCES "/table/csv_reference.json"));
  ASSERT_GT(cases.size(), 1000u);
  for (const auto& expected : cases) {
    const auto text = expected.at(0).get<std::string>();
    auto rows = nlohmann::json::array();
    bool failed = false;
    try {
      CsvRecord record;
      bool complete = true;
      for (std::size_t begin = 0, end; begin < text.size(); begin = end) {
        end = std::min(text.find('\n', begin), text.size() - 1) + 1;
        complete = record.Take(std::string_view(text).substr(begin, end - begin));
        if (complete) {
          rows.push_back(record.fields());
          record = CsvRecord();
        }
      }
      failed = !complete;
    } catch (const std::invalid_argument&) {
      failed = true;
    }
    ASSERT_EQ(rows, expected.at(1)) << expected;
    ASSERT_EQ(failed, expected.at(2).get<bool>()) << expected;
  }
}

TEST(Reader, ReadsTsvWithBothLineEnds) {
  EXPECT_EQ(Read("text\tlabel\na \"b\", c\t1\r\n\t0\nlast\t1", Format::kTsv),
            (Lines{"2: text=a \"b\", c| label=1|", "3: text=| label=0|", "4: text=last| label=1|"}));
}

TEST(Reader, ReadsCsvRecordsOverSeveralLines) {
  EXPECT_EQ(Read("text,label\r\n\"two\r\nlines, \"\"quoted\"\"\",1\r\n\"a\",0", Format::kCsv),
            (Lines{"2: text=two\r\nlines, \"quoted\"| label=1|", "4: text=a| label=0|"}));
}

TEST(Reader, ReadsJsonLines) {
  EXPECT_EQ(Read(R"({"text": "a\nb", "n": 1.5, "t": true, "no": null, "l": [1, "x"]})"
                 "\n\n"
                 R"({"text": "c"})",
                 Format::kJsonLines),
            (Lines{"1: text=a\nb| n=1.5| t=true| l=[1,\"x\"]|", "3: text=c|"}));
}

TEST(Reader, NamesTheLineOfWhatIsMalformedAndGoesOn) {
  EXPECT_EQ(Read("a\tb\n1\n1\t2\t3\n1\t2\n", Format::kTsv),
            (Lines{"2! expected 2 columns, found 1", "3! expected 2 columns, found 3", "4: a=1| b=2|"}));
  EXPECT_EQ(Read("{\"a\": 1}\n[1]\n{\"a\": 2}\n", Format::kJsonLines),
            (Lines{"1: a=1|", "2! expected a JSON object, found array", "3: a=2|"}));
  const auto bad = Read("no JSON\n{}\n", Format::kJsonLines);
  ASSERT_EQ(bad.size(), 2u);
  EXPECT_TRUE(bad[0].starts_with("1! not JSON: ")) << bad[0];
}

TEST(Reader, AQuoteNeverClosedDoesNotSwallowTheRecordsAfterIt) {
  EXPECT_EQ(Read("a,b\n\"1,2\n3,4\n5,6\n", Format::kCsv),
            (Lines{"2! expected the closing quote of a quoted field, found the end of the input (line 4)",
                   "3: a=3| b=4|", "4: a=5| b=6|"}));
  EXPECT_EQ(Read("a,b\n1,\"2\n3,\"4\"\n5,6\n", Format::kCsv),
            (Lines{"2! expected a comma or a line end after the closing quote of field 2, found '4' (line 3)",
                   "3: a=3| b=4|", "4: a=5| b=6|"}));
  std::string long_tail = "a,b\n\"1,2\n";
  for (int i = 0; i < 100; ++i) long_tail += "3,4\n";
  ReaderOptions options;
  options.longest_record = 50;
  const auto records = Read(long_tail, Format::kCsv, options);
  ASSERT_EQ(records.size(), 101u);
  EXPECT_EQ(records[0], "2! a record of more than 50 bytes: expected the closing quote of a quoted field (line 14)");
  EXPECT_EQ(records[100], "102: a=3| b=4|");
}

TEST(Reader, RefusesARecordThatIsTooLongAndReadsTheNext) {
  ReaderOptions options;
  options.longest_record = 1000;
  const std::string sizes[] = {std::string(1001, 'x'), std::string(1000000, 'x')};
  for (const std::string& value : sizes) {
    EXPECT_EQ(Read("a\n" + value + "\n1\n", Format::kTsv, options),
              (Lines{"2! a record of more than 1000 bytes", "3: a=1|"}));
    EXPECT_EQ(Read("a,b\n\"" + value + "\n\",1\n1,2\n", Format::kCsv, options)[0],
              "2! a record of more than 1000 bytes");
    EXPECT_EQ(Read("{\"a\": \"" + value + "\"}\n{\"a\": 1}", Format::kJsonLines, options),
              (Lines{"1! a record of more than 1000 bytes", "2: a=1|"}));
  }
}

TEST(Reader, PassesOverAByteOrderMarkAndBlankLines) {
  EXPECT_EQ(Read("\xef\xbb\xbf"
                 "a,b\n\n1,2\r\n\r\n",
                 Format::kCsv),
            (Lines{"3: a=1| b=2|"}));
  EXPECT_EQ(Read("a\n\n1\n", Format::kTsv), (Lines{"2: a=|", "3: a=1|"}));
}

TEST(Reader, ReadsCsvWithSemicolonsByItsHeaderLine) {
  EXPECT_EQ(Read("text;label\n\"a;b, c\";1\n", Format::kCsv), (Lines{"2: text=a;b, c| label=1|"}));
  EXPECT_EQ(Read("\"text, all\";label;\"x;y\"\na;1;2\n", Format::kCsv), (Lines{"2: text, all=a| label=1| x;y=2|"}));
  EXPECT_EQ(Read("\"a;b;c\",label\n1;2,3\n", Format::kCsv), (Lines{"2: a;b;c=1;2| label=3|"}));
  EXPECT_EQ(Read("a,b;c\n1,2\n", Format::kCsv), (Lines{"2: a=1| b;c=2|"}));
}

TEST(Reader, TakesADelimiter) {
  ReaderOptions options;
  options.delimiter = '|';
  EXPECT_EQ(Read("a|b,c\n\"1|1\"|2\n", Format::kCsv, options), (Lines{"2: a=1|1| b,c=2|"}));
  EXPECT_EQ(Read("a|b\n1\t\"|2\n", Format::kTsv, options), (Lines{"2: a=1\t\"| b=2|"}));
  EXPECT_EQ(Read("a|b\n\"1\"2|3\n", Format::kCsv, options)[0],
            "2! expected '|' or a line end after the closing quote of field 1, found '2'");
  EXPECT_EQ(ParseDelimiter("tab"), '\t');
  EXPECT_EQ(ParseDelimiter(";"), ';');
  for (const char* name : {"", "ab", "\"", "\n", "\xc3\xa9"}) EXPECT_THROW(ParseDelimiter(name), std::invalid_argument);
}

TEST(Reader, ReadsUtf16AndNamesLinesThatAreNotUtf8) {
  EXPECT_EQ(Read(std::string("\xff\xfe"
                             "a\0,\0b\0\n\0001\0,\0\xe9\0\r\0\n\0",
                             20),
                 Format::kCsv),
            (Lines{"2: a=1| b=\xc3\xa9|"}));
  std::vector<std::size_t> lines;
  ReaderOptions options;
  options.lines.on_ill_formed = [&](std::size_t line) { lines.push_back(line); };
  Read("a,b\n1,\xe9\n1,2\n1,\xff\n", Format::kCsv, options);
  EXPECT_EQ(lines, (std::vector<std::size_t>{2, 4}));
}

TEST(Reader, TakesColumnNamesInPlaceOfAHeader) {
  ReaderOptions options;
  options.columns = {"text", "label"};
  EXPECT_EQ(Read("good\t1\n", Format::kTsv, options), (Lines{"1: text=good| label=1|"}));
}

TEST(Reader, RefusesHeadersThatNameNothing) {
  EXPECT_EQ(HeaderError("", Format::kCsv), "input: expected a header line that names the columns, found nothing");
  EXPECT_EQ(HeaderError("a,\"b\n", Format::kCsv),
            "input:1: header line: expected the closing quote of a quoted field, found the end of the input");
  EXPECT_EQ(HeaderError("a\tb\ta\n", Format::kTsv), "input:1: header line: the column \"a\" is there twice");
}

TEST(Reader, SaysWhichColumnsThereAreWhenOneIsMissing) {
  const Input input("a\tb\n");
  const Reader reader(input.fd(), "input", Format::kTsv);
  reader.RequireColumn("b");
  EXPECT_THROW(
      try { reader.RequireColumn("text"); } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "input: expected a column \"text\", found a, b");
        throw;
      },
      std::runtime_error);
}

TEST(Reader, KeepsWhatWasRead) {
  const Input input("a,b\r\n\"1\n\",2\r\n\"x\n3,4");
  Reader reader(input.fd(), "input", Format::kCsv);
  const auto records = reader.NextWindow();
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].raw, "\"1\n\",2\r\n");
  EXPECT_EQ(records[1].raw, "\"x\n");
  EXPECT_EQ(records[2].raw, "3,4");
  EXPECT_TRUE(reader.NextWindow().empty());
}

TEST(Format, IsNamedOrKnownByTheExtension) {
  EXPECT_EQ(ChooseFormat("", "a.b/c.csv"), Format::kCsv);
  EXPECT_EQ(ChooseFormat("", "c.tsv"), Format::kTsv);
  EXPECT_EQ(ChooseFormat("", "c.jsonl"), Format::kJsonLines);
  EXPECT_EQ(ChooseFormat("", "c.ndjson"), Format::kJsonLines);
  EXPECT_THROW(ChooseFormat("", "csv"), std::invalid_argument);
  EXPECT_EQ(ChooseFormat("jsonl", "c.csv"), Format::kJsonLines);
  EXPECT_THROW(ChooseFormat("xml", "c.csv"), std::invalid_argument);
}

}  // namespace
}  // namespace table
