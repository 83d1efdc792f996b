#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>

#include "tests/unit/engine/test_client.hpp"

// S10: an observer that asked for it is told how far it has been told everything.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::numbers;
using testing::test_options;
using testing::TestClient;

class Progress : public ::testing::Test {
 protected:
  Progress() : observer(engine), writer(engine) {
    observer.resolve();
    writer.resolve();
  }
  void observe(TestClient& one, std::string_view options, std::string_view handle = "1") {
    one.say("[[% <A <Observe " + std::string(numbers) + " #:[0 9] " + std::string(options) + "> " +
            std::string(handle) + ">]]");
  }
  std::uint64_t write(std::string_view packet) {
    return writer.ask(packet).revisions.at(0).revision;
  }
  void at(std::int64_t ms) { engine.tick(Moment(Milliseconds(ms))); }
  [[nodiscard]] static std::vector<std::uint64_t> told(const TestClient& one) {
    std::vector<std::uint64_t> revisions;
    for (const ProgressNotice& notice : one.progress) revisions.push_back(notice.revision);
    return revisions;
  }

  Engine engine{test_options()};
  TestClient observer;
  TestClient writer;
};

TEST_F(Progress, IsToldWhenItsTimeIsOverAndSomethingHasHappenedElsewhere) {
  observe(observer, "{progress: 1000}");
  at(10);
  const std::uint64_t seen = write("[[% <A <other 1> 1>]]");

  at(1'009);
  EXPECT_THAT(told(observer), IsEmpty());
  at(1'010);
  EXPECT_THAT(told(observer), ElementsAre(seen));

  at(2'010);
  EXPECT_THAT(told(observer), ElementsAre(seen)) << "nothing has happened since";
  const std::uint64_t next = write("[[% <R 1>]]");
  at(3'010);
  EXPECT_THAT(told(observer), ElementsAre(seen, next));
}

TEST_F(Progress, NamesItsTimeAsADeadlineOfTheEngine) {
  at(10);
  observe(observer, "{progress: 1000}");
  EXPECT_EQ(engine.next_deadline(), Moment{});
  at(20);
  EXPECT_EQ(engine.next_deadline(), Moment(Milliseconds(1'020)));
  observer.say("[[% <R 1>]]");
  EXPECT_EQ(engine.next_deadline(), std::nullopt);
}

TEST_F(Progress, IsToldToNobodyWhoDidNotAskOrIsGone) {
  observe(observer, "{}");
  TestClient other(engine);
  other.resolve();
  observe(other, "{progress: 1000}");
  at(10);
  write("[[% <A <other 1> 1>]]");
  other.close(Cause::closed);

  at(1'010);

  EXPECT_THAT(told(observer), IsEmpty());
  EXPECT_THAT(told(other), IsEmpty());
}

TEST_F(Progress, OfSeveralSubscriptionsComesTogether) {
  observe(observer, "{progress: 1000}", "1");
  observe(observer, "{progress: 1000 whole: #t}", "2");
  at(10);
  const std::uint64_t seen = write("[[% <A <other 1> 1>]]");

  at(1'010);

  EXPECT_THAT(told(observer), ElementsAre(seen, seen));
}

TEST_F(Progress, TimesThatAreTooShortOrTooLongAreRefused) {
  for (const std::string_view wrong :
       {"{progress: 99}", "{progress: 86400001}", "{progress: -1}", "{progress: soon}"}) {
    TestClient one(engine);
    one.resolve();
    observe(one, wrong);
    ASSERT_EQ(one.heard_at(9).size(), 1u) << wrong;
    EXPECT_THAT(one.heard_at(9)[0], HasSubstr("code: bad-option")) << wrong;
  }
}

}  // namespace
}  // namespace avow::server
