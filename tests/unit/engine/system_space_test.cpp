#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "avow/model/builder.hpp"
#include "tests/unit/engine/keeper_world.hpp"

// The space in which the server tells of itself.

namespace avow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::KeeperClient;
using testing::KeeperWorld;
using testing::sample;
using testing::system_reference;
using testing::TestClient;

constexpr std::string_view history_pattern =
    "<group <rec history> {0: <bind <_>> 1: <bind <_>> 2: <bind <_>>}>";
class SystemSpaceTest : public ::testing::Test {
 protected:
  SystemSpaceTest() { world.journal().commit_at_once(); }
  void put(std::string_view ops) { (void)KeeperClient(world.engine()).done(ops); }
  [[nodiscard]] std::string head() { return std::to_string(world.journal().span().head); }
  [[nodiscard]] std::string floor() { return std::to_string(world.journal().span().floor); }
  [[nodiscard]] std::string told() {
    return "9 + [\"0000000000000007\" " + floor() + " " + head() + "]";
  }

  KeeperWorld world;
};

TEST_F(SystemSpaceTest, TellsWhatTheLogHasToWhoeverComes) {
  put("<put <n 1>>");
  put("<put <n 2>>");
  TestClient client(world.engine());

  client.resolve(system_reference());
  client.observe(9, history_pattern, 1);

  EXPECT_THAT(client.heard(), ElementsAre(told()));
}

TEST_F(SystemSpaceTest, TellsNewsAtMostFourTimesASecond) {
  TestClient client(world.engine());
  client.resolve(system_reference());
  client.observe(9, history_pattern, 1);
  EXPECT_THAT(client.heard(), ElementsAre("9 + [\"0000000000000007\" 0 0]"));

  put("<put <n 1>>");
  EXPECT_THAT(client.heard(), IsEmpty());
  world.pass(sample);
  EXPECT_THAT(client.heard(), ElementsAre(told(), "9 -"));

  put("<put <n 2>>");
  put("<put <n 3>>");
  world.pass(sample - Milliseconds(1));
  EXPECT_THAT(client.heard(), IsEmpty());
  world.pass(Milliseconds(1));
  EXPECT_THAT(client.heard(), ElementsAre(told(), "9 -"));

  world.pass(sample);
  EXPECT_THAT(client.heard(), IsEmpty());
}

TEST_F(SystemSpaceTest, TellsWhatHoldsWhenItBeginsAgain) {
  for (const char* ops : {"<put <n 1>>", "<put <n 2>>"}) {
    put(ops);
    TestClient client(world.engine());
    client.resolve(system_reference());
    client.observe(9, history_pattern, 1);
    EXPECT_THAT(client.heard(), ElementsAre(told()));
  }
}

TEST_F(SystemSpaceTest, IsTheServersAlone) {
  TestClient client(world.engine());
  client.resolve(system_reference());
  client.observe(9, "<bind <_>>", 1);
  (void)client.heard();

  const Receipt& receipt = client.ask("[[% <A <history \"mine\" 1 2> 5>]]");
  ASSERT_TRUE(receipt.error.has_value());
  EXPECT_EQ(receipt.error->code, "read-only");
  client.say("[[% <M <hello>>]]");
  EXPECT_THAT(client.heard(), IsEmpty());

  const Result<std::int64_t> keeper = world.engine().open_keeper(client.session(), client.space);
  ASSERT_FALSE(keeper.has_value());
  EXPECT_EQ(keeper.error().code, "unsupported");
  client.observe(8, "<group <rec avow-service> {0: <bind <_>>}>", 2);
  EXPECT_THAT(client.heard_at(8), IsEmpty());
}

}  // namespace
}  // namespace avow::server
