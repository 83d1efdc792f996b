#include "avow/model/text.hpp"

#include <bit>
#include <gmock/gmock.h>

#include "avow/model/builder.hpp"

namespace avow {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// What the text reads as, printed again; or the error.
std::string reread(std::string_view text, const ValueLimits& limits = {}) {
  const Result<Value> value = parse_text(text, limits);
  return value ? to_text(*value) : value.error().code + ": " + value.error().detail;
}

std::string code_of(std::string_view text, const ValueLimits& limits = {}) {
  const Result<Value> value = parse_text(text, limits);
  return value ? "none" : value.error().code;
}

std::uint64_t bits_of(std::string_view number) {
  const Value value = parse_text(number).value();
  return std::bit_cast<std::uint64_t>(value.view().as_double().value());
}

TEST(Text, NumbersAreToldFromSymbols) {
  for (const char* integer : {"0", "-0", "+5", "007", "-12"}) {
    EXPECT_EQ(parse_text(integer)->view().kind(), Kind::integer) << integer;
  }
  for (const char* number : {"1.0", "-3.5e10", "+1e5", "1E-7", "1.0e0000005"}) {
    EXPECT_EQ(parse_text(number)->view().kind(), Kind::double_) << number;
  }
  for (const char* symbol : {"1.", ".5", "1.e5", "1e", "1e+", "--1", "+", "-", "1x", "0x10", "inf",
                             "1.2.3", "1e5.0", "e5", "…", "a|b", "_", "$x"}) {
    EXPECT_EQ(parse_text(symbol)->view().kind(), Kind::symbol) << symbol;
  }
}

TEST(Text, DoublesBeyondTheRangeAreInfinityOrZero) {
  constexpr std::uint64_t infinity = 0x7ff0000000000000;
  constexpr std::uint64_t sign = 0x8000000000000000;

  EXPECT_EQ(bits_of("1e400"), infinity);
  EXPECT_EQ(bits_of("-1e400"), infinity | sign);
  EXPECT_EQ(bits_of("1" + std::string(400, '0') + ".0"), infinity);
  EXPECT_EQ(bits_of("0." + std::string(400, '0') + "1e800"), infinity);
  EXPECT_EQ(bits_of("1e99999999999999999999999"), infinity);
  EXPECT_EQ(bits_of("1e-400"), 0U);
  EXPECT_EQ(bits_of("-1e-400"), sign);
  EXPECT_EQ(bits_of("1e-99999999999999999999999"), 0U);
  EXPECT_EQ(bits_of("0." + std::string(400, '0') + "1"), 0U);
  EXPECT_EQ(bits_of("1" + std::string(400, '0') + ".0e-800"), 0U);
  EXPECT_EQ(bits_of("0e99999999999999999999999"), 0U);
  EXPECT_EQ(bits_of("0.0e400"), 0U);
}

TEST(Text, AColonEndsABareSymbol) {
  EXPECT_EQ(reread("{a:b}"), "{a: b}");
  EXPECT_EQ(reread("'a:b'"), "'a:b'");
  EXPECT_EQ(code_of("a:b"), "bad-text");
}

TEST(Text, CommasStandBetweenElementsOnly) {
  EXPECT_EQ(reread("[,1,,2,]"), "[1 2]");
  EXPECT_EQ(reread("#{1,2}"), "#{1 2}");
  EXPECT_EQ(reread("{a:1,b:2}"), "{a: 1 b: 2}");
  for (const char* text : {"<a,1>", "{a,1}", "{a:,1}", "[@a, 1]", ",1", "1,"}) {
    EXPECT_EQ(code_of(text), "bad-text") << text;
  }
}

TEST(Text, CommentsAndAnnotationsAreDropped) {
  EXPECT_EQ(reread("# first\n[1 # one\n 2 @note 3 @<deep [@a b]> #\t last\r 4 # end\n]"),
            "[1 2 3 4]");
  EXPECT_EQ(reread("#!/usr/bin/env avow\n<a> # and no more"), "<a>");
  EXPECT_EQ(reread("@@a b c"), "c");
}

TEST(Text, AnAnnotationMustBeAValue) {
  EXPECT_EQ(code_of("@ ]"), "bad-text");
  EXPECT_EQ(code_of("@#{1 1} x"), "bad-text");
  EXPECT_EQ(code_of("@a"), "bad-text");
}

TEST(Text, EscapesMeanWhatTheyDoInJson) {
  EXPECT_EQ(parse_text(R"("\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00")")->view().as_string(),
            "\"\\/\b\f\n\r\t\u00e9\U0001F600");
  EXPECT_EQ(parse_text(R"('it\'s')")->view().as_symbol(), "it's");
  for (const char* text : {R"("\'")", R"('\"')", R"("\x41")", R"("\u12g4")", R"("\ud800")",
                           R"("\udc00")", R"("\ud800\u0041")", R"("\0")", R"(#"\u0041")"}) {
    EXPECT_EQ(code_of(text), "bad-text") << text;
  }
}

TEST(Text, ByteStringsHaveThreeSpellings) {
  EXPECT_EQ(reread("#x\"00 Ff\""), "#x\"00ff\"");
  EXPECT_EQ(reread("#[AP8=]"), "#x\"00ff\"");
  EXPECT_EQ(reread("#[AP 8]"), "#x\"00ff\"");
  EXPECT_EQ(reread("#[_-8]"), "#x\"ffef\"");
  EXPECT_EQ(reread(R"(#"a\x00\n")"), "#x\"61000a\"");
  for (const char* text : {"#x\"0\"", "#x\"0 0\"", "#[A]", "#[AP8==]", "#[AP=8]", "#[A*]", "#\"é\"",
                           "#x00", "#xd\"00\"", "#xf\"00000000\""}) {
    EXPECT_EQ(code_of(text), "bad-text") << text;
  }
}

TEST(Text, TextThatIsNotUtf8IsRefused) {
  EXPECT_EQ(code_of("\"\xff\""), "bad-text");
  EXPECT_EQ(code_of("a\xc3"), "bad-text");
  EXPECT_EQ(code_of("'\xed\xa0\x80'"), "bad-text");
}

TEST(Text, ErrorsNameTheLineAndTheColumnInCharacters) {
  EXPECT_THAT(reread("[1\n  é ;]"), StartsWith("bad-text: Line 2, column 5: "));
  EXPECT_THAT(reread("<a b"), StartsWith("bad-text: Line 1, column 5: the text ends"));
  EXPECT_THAT(reread("{a 1}"), HasSubstr("column 4: a colon"));
  EXPECT_THAT(reread("a b"), HasSubstr("column 3: the value has ended"));
  EXPECT_THAT(reread("\n\n\"abc"), StartsWith("bad-text: Line 3, column 1: "));
}

TEST(Text, DuplicatesAreErrorsWhereverTheyAreWrittenDifferently) {
  EXPECT_THAT(reread("[#{1 +1}]"), StartsWith("bad-text: Line 1, column 2: "));
  EXPECT_EQ(code_of(R"({"a":1 "\u0061":2})"), "bad-text");
  EXPECT_EQ(reread("#{1 1.0}"), "#{1.0 1}");
}

TEST(Text, NestingIsLimitedInAnnotationsAndEmbeddedValuesToo) {
  const ValueLimits limits{.depth_max = 3};
  EXPECT_EQ(code_of("[[[1]]]", limits), "none");
  EXPECT_EQ(code_of("#:[<a>]", limits), "none");
  for (const char* text :
       {"[[[[]]]]", "<a {k: #{[]}}>", "#:#:#:#:1", "@@@@1 2 3 4 5", "[@[[[]]] 1]", "{[[[]]]: 1}"}) {
    EXPECT_EQ(code_of(text, limits), "limit") << text;
  }
}

TEST(Text, AMillionBracketsAreRefusedAtTheLimit) {
  EXPECT_EQ(code_of(std::string(1'000'000, '[')), "limit");
  EXPECT_EQ(code_of(std::string(1'000'000, '@')), "limit");
}

TEST(Text, ValuesBytesAndBitsAreLimited) {
  EXPECT_EQ(code_of("[1 2 3]", {.nodes_max = 4}), "none");
  EXPECT_EQ(code_of("[1 2 3 4]", {.nodes_max = 4}), "limit");
  EXPECT_EQ(code_of("[1 @2 3 4]", {.nodes_max = 4}), "limit");
  EXPECT_EQ(code_of("\"abc\"", {.string_bytes_max = 3}), "none");
  for (const char* text :
       {"\"abcd\"", "abcd", "'abcd'", "#\"abcd\"", "#[YWJjZA]", "#x\"61626364\"", "1.00"}) {
    EXPECT_EQ(code_of(text, {.string_bytes_max = 3}), "limit") << text;
  }
  EXPECT_EQ(code_of("40000", {.integer_bits_max = 16}), "limit");
}

TEST(Text, PrintsSymbolsBareOnlyWhereEveryReaderTakesThemSo) {
  for (const char* bare : {"a", "a-b", "$x", "_", "||", "...", "+a"}) {
    EXPECT_EQ(to_text(Value::symbol(bare)), bare);
  }
  for (const char* quoted : {"", "1", "-1", "1.5", "1e5", "a b", "a:b", "#t", "é", "a;b"}) {
    EXPECT_EQ(to_text(Value::symbol(quoted)), "'" + std::string(quoted) + "'");
  }
}

TEST(Text, PrintsControlCharactersAsEscapes) {
  EXPECT_EQ(to_text(Value::string(std::string_view("a\0\n\x7f\"'", 6))), R"("a\u0000\n\u007f\"'")");
  EXPECT_EQ(to_text(Value::symbol("\t'\"")), R"('\t\'"')");
}

TEST(Text, PrintsDoublesSoThatTheyReadAsDoubles) {
  EXPECT_EQ(to_text(Value::number(1)), "1.0");
  EXPECT_EQ(to_text(Value::number(-0.0)), "-0.0");
  EXPECT_EQ(to_text(Value::number(0.1)), "0.1");
  EXPECT_EQ(to_text(parse_text("1e400").value()), "#xd\"7ff0000000000000\"");
}

TEST(TextPrefix, TakesOneValueAndSaysHowMuchOfTheTextItTook) {
  const auto prefix = parse_text_prefix(" # note\n <a> <b>");

  ASSERT_TRUE(prefix && *prefix);
  EXPECT_EQ(to_text((*prefix)->value), "<a>");
  EXPECT_EQ((*prefix)->consumed, 12U);
}

TEST(TextPrefix, StopsAtWhatEndsABareAtom) {
  const auto prefix = parse_text_prefix("a\"b\"");

  ASSERT_TRUE(prefix && *prefix);
  EXPECT_EQ((*prefix)->consumed, 1U);
}

TEST(TextPrefix, OfWhiteSpaceAndCommentsIsNothing) {
  EXPECT_FALSE(parse_text_prefix("")->has_value());
  EXPECT_FALSE(parse_text_prefix(" # only\n").value().has_value());
  EXPECT_EQ(parse_text_prefix("@note").error().code, "bad-text");
}

}  // namespace
}  // namespace avow
