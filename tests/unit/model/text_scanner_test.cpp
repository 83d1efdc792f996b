#include <gmock/gmock.h>

#include "avow/model/text.hpp"
#include "tests/support/random_values.hpp"

namespace avow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Where values end in `stream` when it comes in pieces of at most `piece` bytes.
std::vector<std::size_t> ends_of(std::string_view stream, std::size_t piece) {
  TextScanner scanner;
  std::vector<std::size_t> ends;
  std::size_t base = 0;
  while (base < stream.size()) {
    std::string_view more = stream.substr(base, piece);
    std::size_t seen = 0;
    while (const std::optional<std::size_t> end = scanner.feed(more.substr(seen))) {
      seen += *end;
      ends.push_back(base + seen);
      if (seen == more.size()) break;
    }
    base += more.size();
  }
  return ends;
}

std::vector<std::string> values_of(std::string_view stream) {
  std::vector<std::string> values;
  std::size_t begin = 0;
  for (const std::size_t end : ends_of(stream, stream.size())) {
    values.emplace_back(stream.substr(begin, end - begin));
    begin = end;
  }
  return values;
}

bool is_at_boundary_after(std::string_view stream) {
  TextScanner scanner;
  while (const std::optional<std::size_t> end = scanner.feed(stream)) stream.remove_prefix(*end);
  return scanner.at_boundary();
}

TEST(TextScanner, CutsAStreamIntoValues) {
  EXPECT_THAT(values_of("<a>[1 [2]] {k: v}#{}\n"), ElementsAre("<a>", "[1 [2]]", " {k: v}", "#{}"));
  EXPECT_THAT(values_of(R"("a\"b""c" 'd\'e' #"f\"" #x"00" #xd"0" #[AA])"),
              ElementsAre(R"("a\"b")", R"("c")", R"( 'd\'e')", R"( #"f\"")", R"( #x"00")",
                          R"( #xd"0")", " #[AA]"));
}

TEST(TextScanner, ABareAtomEndsBeforeWhatFollowsIt) {
  EXPECT_THAT(values_of("a 1\n#t<b>"), ElementsAre("a", " 1", "\n#t", "<b>"));
  EXPECT_THAT(values_of("a"), IsEmpty());
}

TEST(TextScanner, ABareAtomThatEndedInAnEarlierPieceTakesNothingOfTheNext) {
  TextScanner scanner;

  EXPECT_EQ(scanner.feed("a"), std::nullopt);
  EXPECT_EQ(scanner.feed(" b"), 0U);
  EXPECT_TRUE(scanner.at_boundary());
  EXPECT_EQ(scanner.feed(" b"), std::nullopt);
}

TEST(TextScanner, BracketsInStringsAndCommentsDoNotCount) {
  EXPECT_THAT(values_of("[\"]\" ']' # ]\n #!]\n 1]"), ElementsAre("[\"]\" ']' # ]\n #!]\n 1]"));
}

TEST(TextScanner, AnnotationsBelongToTheValueBehindThem) {
  EXPECT_THAT(values_of("@a <b> @@c d [e] f "), ElementsAre("@a <b>", " @@c d [e]", " f"));
  EXPECT_THAT(values_of("#:<a> #:#:b "), ElementsAre("#:<a>", " #:#:b"));
}

TEST(TextScanner, AStrayMarkIsCutOffForTheReaderToRefuse) {
  EXPECT_THAT(values_of("] <a>, : ; <b>"), ElementsAre("]", " <a>", ",", " :", " ;", " <b>"));
}

TEST(TextScanner, IsAtABoundaryBetweenValuesOnly) {
  for (const char* whole : {"", " \n", "<a>", "<a> ", "a ", "# note\n"}) {
    EXPECT_TRUE(is_at_boundary_after(whole)) << whole;
  }
  for (const char* begun :
       {"<a", "a", "\"", "#", "#x\"", "@a ", "# note", "[1] [", "#[", "@a b # note\n @c "}) {
    EXPECT_FALSE(is_at_boundary_after(begun)) << begun;
  }
}

TEST(TextScanner, APendingReferenceMarkIsNoBoundary) {
  EXPECT_FALSE(is_at_boundary_after("#:"));
  EXPECT_FALSE(is_at_boundary_after("#: "));
}

TEST(TextScanner, RandomStreamsAreCutWhereTheReaderStopsHoweverTheyArrive) {
  test::Random random(test::test_seed());
  const std::vector<std::string> between{" ", "\n", "\t# note ]\"\r", "\n#!x\n", " @note "};
  for (int i = 0; i < 500; ++i) {
    std::string stream;
    for (int n = 0; n < 4; ++n)
      stream += to_text(test::random_value(random)) + random.pick(between);
    stream += "<end>";

    std::vector<std::size_t> expected;
    for (std::size_t at = 0; at < stream.size();) {
      const auto prefix = parse_text_prefix(std::string_view(stream).substr(at));
      ASSERT_TRUE(prefix && *prefix) << stream;
      at += (*prefix)->consumed;
      expected.push_back(at);
    }

    EXPECT_EQ(ends_of(stream, stream.size()), expected) << stream;
    EXPECT_EQ(ends_of(stream, 1), expected) << stream;
    EXPECT_EQ(ends_of(stream, 1 + random.below(9)), expected) << stream;
  }
}

}  // namespace
}  // namespace avow
