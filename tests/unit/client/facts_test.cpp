#include "avow/facts.hpp"

#include <gtest/gtest.h>

#include "avow/client/space.hpp"
#include "avow/model/text.hpp"

namespace avow {
namespace {

struct Present {
  static constexpr Label label = "present";
  std::string who;
  std::string room;
  bool operator==(const Present&) const = default;
};

struct Temperature {
  static constexpr Label label = "temperature";
  std::string room;
  double celsius = 0;
  bool operator==(const Temperature&) const = default;
};

struct Everything {
  static constexpr Label label = "everything";
  bool flag = false;
  std::int64_t wide = 0;
  std::uint8_t narrow = 0;
  float real = 0;
  Symbol symbol;
  Bytes bytes;
  Value any;
  std::vector<int> list;
  std::map<std::string, int> table;
  Present inner;
  bool operator==(const Everything&) const = default;
};

struct Small {
  static constexpr Label label = "small";
  std::uint8_t n = 0;
};

struct Nothing {
  static constexpr Label label = "nothing";
  bool operator==(const Nothing&) const = default;
};

template <class T>
std::optional<T> read(const char* text) {
  return FactTraits<T>::from_value(*parse_text(text));
}

TEST(Facts, AStructIsTheRecordOfItsFields) {
  EXPECT_EQ(to_text(FactTraits<Present>::to_value({"ann", "lobby"})),
            "<present \"ann\" \"lobby\">");
  EXPECT_EQ(to_text(FactTraits<Nothing>::to_value({})), "<nothing>");
}

TEST(Facts, EveryKindOfFieldComesBack) {
  const Everything fact{true,   -5'000'000'000,        200,     1.5F,       {"on"},
                        {1, 2}, *parse_text("#{1 2}"), {1, -2}, {{"a", 1}}, {"ann", "lobby"}};

  const Value value = FactTraits<Everything>::to_value(fact);

  EXPECT_EQ(to_text(value),
            "<everything #t -5000000000 200 1.5 on #x\"0102\" #{1 2} [1 -2] {\"a\": 1} "
            "<present \"ann\" \"lobby\">>");
  EXPECT_EQ(FactTraits<Everything>::from_value(value), fact);
}

TEST(Facts, ALongerRecordIsOneAllTheSameAShorterIsNot) {
  EXPECT_EQ(read<Present>("<present \"ann\" \"lobby\" 3>"), (Present{"ann", "lobby"}));
  EXPECT_FALSE(read<Present>("<present \"ann\">").has_value());
}

TEST(Facts, AnotherLabelOrKindOfFieldIsNone) {
  EXPECT_FALSE(read<Present>("<absent \"ann\" \"lobby\">").has_value());
  EXPECT_FALSE(read<Present>("<present \"ann\" 3>").has_value());
  EXPECT_FALSE(read<Present>("[\"ann\" \"lobby\"]").has_value());
  EXPECT_FALSE(read<Present>("<present ann lobby>").has_value());
}

TEST(Facts, ANumberThatDoesNotFitIsNone) {
  EXPECT_TRUE(read<Small>("<small 255>").has_value());
  EXPECT_FALSE(read<Small>("<small 256>").has_value());
  EXPECT_FALSE(read<Small>("<small -1>").has_value());
  EXPECT_FALSE(read<Small>("<small 1.0>").has_value());
}

TEST(Facts, ADoubleFieldAcceptsAnInteger) {
  EXPECT_EQ(read<Temperature>("<temperature \"hall\" 21>"), (Temperature{"hall", 21.0}));
  EXPECT_EQ(FactTraits<Temperature>::normalise(*parse_text("[\"hall\" 21]")),
            *parse_text("[\"hall\" 21.0]"));
}

TEST(Facts, ThePatternBindsEveryFieldAndMatchesLongerRecords) {
  const Pattern pattern = any<Present>().pattern;

  EXPECT_EQ(to_text(pattern.to_value()), "<group <rec present> {0: <bind <_>> 1: <bind <_>>}>");
  EXPECT_EQ(pattern.match(*parse_text("<present 1 2 3>")), *parse_text("[1 2]"));
  EXPECT_FALSE(pattern.match(*parse_text("<present 1>")).has_value());
}

TEST(Facts, WhereNarrowsOneFieldAfterAnother) {
  const auto lobby = where(&Present::room, "lobby");
  const auto ann = where(lobby, &Present::who, "ann");

  EXPECT_EQ(lobby.pattern.match(*parse_text("<present \"bob\" \"lobby\">")),
            *parse_text("[\"bob\" \"lobby\"]"));
  EXPECT_FALSE(lobby.pattern.match(*parse_text("<present \"bob\" \"hall\">")).has_value());
  EXPECT_TRUE(ann.pattern.match(*parse_text("<present \"ann\" \"lobby\">")).has_value());
  EXPECT_FALSE(ann.pattern.match(*parse_text("<present \"bob\" \"lobby\">")).has_value());
}

TEST(Facts, TwoFieldsOfOneTypeAreToldApart) {
  EXPECT_EQ(to_text(where(&Present::who, "x").pattern.to_value()),
            "<group <rec present> {0: <bind <lit \"x\">> 1: <bind <_>>}>");
  EXPECT_EQ(to_text(where(&Present::room, "x").pattern.to_value()),
            "<group <rec present> {0: <bind <_>> 1: <bind <lit \"x\">>}>");
}

}  // namespace
}  // namespace avow
