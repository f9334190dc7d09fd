// Text preparation, rule by rule: docs/text-preparation.md.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "valence/text_preparation.h"

namespace valence {
namespace {

struct Case {
  const char* text;
  const char* prepared;
};

void ExpectPrepared(const TextPreparation& preparation, const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(prepare(c.text, preparation), c.prepared) << c.text;
}

void ExpectKept(const TextPreparation& preparation, const std::vector<const char*>& texts) {
  for (const char* text : texts) EXPECT_EQ(prepare(text, preparation), text);
}

constexpr TextPreparation kUrls{.strip_urls = true};
constexpr TextPreparation kUserNames{.strip_user_names = true};
constexpr TextPreparation kEmailAddresses{.strip_email_addresses = true};
constexpr TextPreparation kPhoneNumbers{.strip_phone_numbers = true};
constexpr TextPreparation kLowerCase{.lower_case = true};
constexpr TextPreparation kStopWords{.remove_stop_words = true};

TEST(Prepare, ChangesNothingByDefault) {
  ExpectKept({}, {"", " ", "See HTTPS://x.org, @Bob (bob@x.org, +1 555 123 4567): the BEST", "\xff\xfe \xc3("});
  const std::string zero("a\0b", 3);
  EXPECT_EQ(prepare(zero, {}), zero);
}

TEST(Prepare, StripsUrlsThatBeginWithASchemeOrWww) {
  ExpectPrepared(kUrls, {{"see https://t.co/aBc1 now", "see  now"},
                         {"http://a.b", ""},
                         {"HTTP://A.B FTP://a.b/c", " "},
                         {"seehttp://t.co/x", "see "},
                         {"www.example.org/a?b=c&d#e Www.x.y", " "},
                         {"http://user:pw@host:80/x", ""},
                         {"http://1.2.3.4:8080/x http://localhost", " "},
                         {"http://http://http://", ""}});
  ExpectKept(kUrls, {"http://", "http:// x", "https://.", "www.", "www. x", "wwww.x.org", "http:/x", "xwww.example.org",
                     "httpx"});
}

TEST(Prepare, StripsHostsWithAPathButNotNames) {
  ExpectPrepared(kUrls, {{"bit.ly/3x", ""}, {"on youtube.com/watch?v=1!", "on !"}, {"X.CO.UK/", ""}});
  ExpectKept(kUrls,
             {"Amazon.com", "great.It was/is", "and/or", "9/10", "7.5/10", "i.e./that", "great.it/they", "com/x"});
}

TEST(Prepare, LeavesASentencesPunctuationAroundAUrl) {
  ExpectPrepared(kUrls, {{"(see http://x.y/z).", "(see )."},
                         {"http://en.wikipedia.org/wiki/Film_(2010).", "."},
                         {"(http://en.wikipedia.org/wiki/Film_(2010))", "( )"},
                         {"[x](http://x.y)", "[x]( )"},
                         {"<a href=\"http://x.y\">x</a><br />http://x.y<br />", "<a href=\" \">x</a><br /> <br />"},
                         {"http://x.y\xe2\x80\xa6", "\xe2\x80\xa6"},
                         {"\xe2\x80\x9chttp://x.y\xe2\x80\x9d", "\xe2\x80\x9c \xe2\x80\x9d"}});
}

TEST(Prepare, StripsUrlsOfAnyScript) {
  ExpectPrepared(kUrls, {{"http://m\xc3\xbcnchen.de/stra\xc3\x9f"
                          "e!",
                          "!"},
                         {"www.\xe4\xbe\x8b\xe3\x81\x88.jp/x", ""},
                         {"http://xn--mnchen-3ya.de \xd0\xb0", " \xd0\xb0"},
                         {"http://x.y\xe3\x80\x82\xe4\xbe\x8b", "\xe3\x80\x82\xe4\xbe\x8b"}});  // an ideographic stop
}

TEST(Prepare, StripsUserNames) {
  ExpectPrepared(kUserNames, {{"@bob hi", " hi"},
                              {"thanks @Bob_99!", "thanks !"},
                              {".@nasa (@x) RT @y:", ".  ( ) RT :"},
                              {"@first.last. @user@mastodon.social", ". "},
                              {"@bob's", "'s"},
                              {"@@bob", "@ "},
                              {"@M\xc3\xbcller@x", ""}});
  ExpectKept(kUserNames, {"@", "@ home", "@@@@", "a@b", "bob@example.org", "_@x", "\xc3\xa9@x", "@-x", "@http://x.y"});
}

TEST(Prepare, StripsEmailAddresses) {
  ExpectPrepared(kEmailAddresses, {{"mail bob@example.org.", "mail ."},
                                   {"(bob@example.org)", "( )"},
                                   {"<First.Last+tag@mail.example.co.uk>,x@y.de", "< >, "},
                                   {"mailto:o'neil_x@a-b.com", "mailto: "},
                                   {"j\xc3\xb6rg@b\xc3\xbc"
                                    "cher.example",
                                    ""},
                                   {"bob@x.com-", "-"},
                                   {"bob@xn--bcher-kva.de/x", "/x"},
                                   {"bob@x.com.9", ".9"}});
  ExpectKept(kEmailAddresses,
             {"bob@localhost", "@bob", "a@", "a@b", "a@.b", "a@b.", "a@b..c", "bob@1.2.3.4", "@x.org", "x @y.z"});
}

TEST(Prepare, StripsPhoneNumbers) {
  ExpectPrepared(kPhoneNumbers, {{"+1 555 123 4567", ""},
                                 {"+15551234567,+44 (0)20 7946 0958", ", "},
                                 {"+49-151-15112345!", "!"},
                                 {"call (555) 123-4567 or (555)123-4567.", "call  or ."},
                                 {"555-123-4567/555.123.4568", "/ "},
                                 {"555 123 4567 times", " times"},
                                 {"1-800-555-0199 1 (800) 555 0199", " "},
                                 {"tel:020 7946 0958 24 hours", "tel:  24 hours"},
                                 {"01 42 68 53 00; (0171) 1234567; 07911123456", "; ; "},
                                 {"+1 555 123 4567 2 times", " 2 times"},
                                 {"555-123-4567http://x.y", "http://x.y"}});
}

TEST(Prepare, KeepsOtherNumbers) {
  ExpectKept(kPhoneNumbers, {"9/10",
                             "2024",
                             "$1,000,000",
                             "1,000,000,000",
                             "10/10",
                             "3.14159265",
                             "0.123456789",
                             "2024-11-23",
                             "23.11.2024",
                             "03-11-2024",
                             "01.02.2024-05.03.2024",
                             "192.168.0.1",
                             "1939-1945",
                             "10:30-11:30",
                             "978-3-16-148410-0",
                             "12 345 678",
                             "1 000 000",
                             "90210-1234",
                             "555-1234",
                             "5551234567",
                             "1-1-1-1",
                             "+1",
                             "+1,000,000",
                             "100%",
                             "$555-123-4567",
                             "x555-123-4567",
                             "555-123-4567x",
                             "555-123-4567-8",
                             "155-123-4567 ",
                             "007 123 456",
                             "(555) 123",
                             "(555)",
                             "(2024)",
                             "+",
                             "(",
                             "555--123--4567",
                             "+12345",
                             "+1234567890123456"});
}

TEST(Prepare, LowersEveryCodePointByItself) {
  ExpectPrepared(kLowerCase, {{"LOVED It", "loved it"},
                              {"\xc3\x89t\xc3\x89 \xce\xa3", "\xc3\xa9t\xc3\xa9 \xcf\x83"},
                              {"\xce\x9f\xce\xa3", "\xce\xbf\xcf\x83"},  // no final sigma
                              {"\xc4\xb0", "i\xcc\x87"},                 // I with a dot: two code points
                              {"\xff\xc3\x28Q\xed\xa0\x80", "\xff\xc3\x28q\xed\xa0\x80"}});
}

TEST(Prepare, RemovesStopWordsButNotWhatTurnsASentiment) {
  ExpectPrepared(kStopWords, {{"The film is great", " film  great"},
                              {"it's IT's it\xe2\x80\x99s They've", "   "},
                              {"it 's not a film , they 're", "  not  film ,  "},
                              {"'the end'", "'  end'"},
                              {"(the)", "( )"}});
  ExpectKept(kStopWords,
             {"not no nor never none nothing without cannot", "don't n't isn\xe2\x80\x99t can't ca n't dont",
              "but however although", "very too so more most only few", "if would could should might",
              "up down off out over", "so-so must-have on-the-nose", "#the @the and/or /is/ a=the", "movie's 'twas"});
}

TEST(Prepare, DoesAllTogether) {
  constexpr TextPreparation kAll{true, true, true, true, true, true};
  ExpectPrepared(kAll,
                 {{"@Bob I LOVED it: https://t.co/x, call +1 555 123 4567 or bob@x.org NOT", "  loved : , call    not"},
                  {"bob@x.org/y", "/y"}});
  // Text that two rules match shows their order.
  EXPECT_EQ(prepare("bob@x.org/y", {.strip_urls = true}), "bob@x.org/y");
  EXPECT_EQ(prepare("bob@x.org", {.strip_urls = true, .strip_user_names = true}), "bob@x.org");
}

TEST(Prepare, LeavesOneSpaceWhereNoneStands) {
  ExpectPrepared(kUserNames, {{"a (@b) c", "a ( ) c"}, {"a @b c", "a  c"}, {"a\n@b\nc", "a\n\nc"}, {"!@b@c!", "! !"}});
}

}  // namespace
}  // namespace valence
