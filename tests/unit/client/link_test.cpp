#include <gmock/gmock.h>

#include "tests/unit/client/client_driver.hpp"

// The link of a client: how it comes to be, is lost, comes back and ends; on a fake clock.

namespace avow::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Phase = LinkState::Phase;

TEST(Link, TheFirstConnectionIsReportedOnceTheSpaceIsOpen) {
  ClientDriver driver;
  driver.start();
  EXPECT_FALSE(driver.first_outcome.has_value());

  driver.open();

  ASSERT_TRUE(driver.first_outcome.has_value());
  EXPECT_TRUE(driver.first_outcome->has_value());
  EXPECT_EQ(driver.client->link().phase, Phase::up);
  EXPECT_EQ(driver.client->server().space, "main");
}

TEST(Link, WithoutAServerTheFirstAttemptFails) {
  ClientDriver driver;
  driver.start();

  driver.world.connection->lose("no-server");

  ASSERT_TRUE(driver.first_outcome.has_value());
  EXPECT_EQ(driver.first_outcome->error().code, "no-server");
  EXPECT_EQ(driver.client->link().phase, Phase::ended);
  driver.world.pass(Milliseconds(60'000));
  EXPECT_EQ(driver.world.attempts, 1u);
}

TEST(Link, TheFirstAttemptIsRepeatedForAsLongAsAsked) {
  Options options;
  options.connect_within = Milliseconds(1'000);
  ClientDriver driver(std::move(options));
  driver.world.random = 400;
  driver.start();

  driver.world.connection->lose("no-server");
  EXPECT_FALSE(driver.first_outcome.has_value());
  driver.world.pass(Milliseconds(400));
  EXPECT_EQ(driver.world.attempts, 2u);
  driver.world.connection->lose("no-server");
  driver.world.pass(Milliseconds(600));
  EXPECT_EQ(driver.world.attempts, 3u);
  driver.world.connection->lose("no-server");

  ASSERT_TRUE(driver.first_outcome.has_value());
  EXPECT_EQ(driver.first_outcome->error().code, "no-server");
}

TEST(Link, ARefusalIsFinal) {
  Options options;
  options.connect_within = Milliseconds(10'000);
  ClientDriver driver(std::move(options));
  driver.start();
  driver.world.connection->establish();
  driver.tell(frame_of({hello()}));

  driver.tell(frame_of({not_opened("sturdyref-failed-validation")}));

  ASSERT_TRUE(driver.first_outcome.has_value());
  EXPECT_EQ(driver.first_outcome->error().code, "refused");
  EXPECT_NE(driver.first_outcome->error().detail.find("sturdyref-failed-validation"),
            std::string::npos);
  EXPECT_EQ(driver.world.connection, nullptr);
}

TEST(Link, AServerThatDoesNotAnswerInTimeIsNone) {
  ClientDriver driver;
  driver.start();
  driver.world.connection->establish();

  driver.world.pass(Milliseconds(10'000));

  ASSERT_TRUE(driver.first_outcome.has_value());
  EXPECT_EQ(driver.first_outcome->error().code, "no-server");
}

TEST(Link, ALostLinkIsTriedAgainAfterARandomTime) {
  ClientDriver driver;
  driver.start_and_open();
  driver.world.random = 300;

  driver.world.connection->lose();

  EXPECT_EQ(driver.client->link().phase, Phase::lost);
  EXPECT_EQ(driver.client->link().retry_in, Milliseconds(300));
  EXPECT_EQ(driver.client->link().why.code, "link-lost");
  driver.world.pass(Milliseconds(299));
  EXPECT_EQ(driver.world.attempts, 1u);
  driver.world.pass(Milliseconds(1));
  EXPECT_EQ(driver.world.attempts, 2u);
  driver.open();
  EXPECT_EQ(driver.client->link().phase, Phase::up);
}

TEST(Link, WaitsGrowUntilALinkHasStoodForAWhile) {
  ClientDriver driver;
  driver.world.random = 500;
  driver.start_and_open();

  driver.world.connection->lose();
  EXPECT_EQ(driver.client->link().retry_in, Milliseconds(500));
  driver.world.pass(Milliseconds(500));
  driver.open();
  driver.world.random = 1'000;
  driver.world.connection->lose();
  EXPECT_EQ(driver.client->link().retry_in, Milliseconds(1'000));
  driver.world.pass(Milliseconds(1'000));
  driver.open();
  driver.world.pass(Milliseconds(10'000));
  driver.world.connection->lose();

  EXPECT_EQ(driver.client->link().retry_in, Milliseconds(1'000 % 501));
}

TEST(Link, GivesUpWhereAskedTo) {
  Options options;
  options.when_lost = WhenLost::give_up;
  ClientDriver driver(std::move(options));
  driver.start_and_open();

  driver.world.connection->lose();

  EXPECT_EQ(driver.client->link().phase, Phase::ended);
  driver.world.pass(Milliseconds(60'000));
  EXPECT_EQ(driver.world.attempts, 1u);
}

TEST(Link, TheTokenIsAskedForBeforeEveryConnection) {
  int asked = 0;
  Options options;
  options.token = Token([&asked] {
    ++asked;
    return std::string("<ref {oid: \"syndicate\" sig: #x\"69ca300c1dbfa08fba692102dd82311a\"}>");
  });
  ClientDriver driver(std::move(options));
  driver.start_and_open();
  driver.world.connection->lose();
  driver.world.pass(Milliseconds(500));
  driver.open();

  EXPECT_EQ(asked, 2);
  EXPECT_EQ(driver.world.heard.opens.size(), 2u);
}

TEST(Link, ATokenThatThrowsFailsTheAttemptAndNotTheProgram) {
  Options options;
  options.token = Token([]() -> std::string { throw std::runtime_error("expired"); });
  ClientDriver driver(std::move(options));

  driver.start();

  ASSERT_TRUE(driver.first_outcome.has_value());
  EXPECT_EQ(driver.first_outcome->error().code, "token-failed");
  EXPECT_NE(driver.first_outcome->error().detail.find("expired"), std::string::npos);
}

TEST(Link, BadOptionsAreRefusedBeforeAnyConnection) {
  Options url;
  url.url = "http://x";
  Options token;
  token.token = "<nonsense>";
  Options both;
  both.token = "<ref {oid: \"syndicate\" sig: #x\"69ca300c1dbfa08fba692102dd82311a\"}>";
  both.space = "orders";
  for (const Options& options : {url, token, both}) {
    ClientDriver driver(options);

    driver.start();

    ASSERT_TRUE(driver.first_outcome.has_value());
    EXPECT_EQ(driver.first_outcome->error().code, "bad-options");
    EXPECT_EQ(driver.world.attempts, 0u);
  }
}

TEST(Link, TheSpaceIsOpenedByAReferenceOfTheEmptyKey) {
  Options options;
  options.space = "orders";
  ClientDriver driver(std::move(options));

  driver.start_and_open();

  const Value reference = driver.world.heard.opens.at(0);
  EXPECT_EQ(Value(*reference.view().element(0)->entry("oid")), record("space", "orders"));
}

TEST(Link, ItsStateIsToldNowAndWhenItChanges) {
  ClientDriver driver;
  std::vector<Phase> seen;
  driver.start_and_open();
  const Subscription watching =
      driver.client->on_link([&](const LinkState& state) { seen.push_back(state.phase); });
  driver.world.run();

  driver.world.connection->lose();
  driver.world.pass(Milliseconds(500));
  driver.open();

  EXPECT_THAT(seen, ElementsAre(Phase::up, Phase::lost, Phase::up));
}

TEST(Link, WhatTheServerSaysOfTheEndIsTheReason) {
  ClientDriver driver;
  driver.start_and_open();
  wire::native::Close close;
  close.fault.error = {"shutting-down", "The server is shutting down."};
  driver.tell(frame_of({close}));

  driver.world.connection->lose();

  EXPECT_EQ(driver.client->link().why.code, "shutting-down");
}

TEST(Link, NonsenseFromTheServerIsALostLink) {
  ClientDriver driver;
  driver.start_and_open();

  driver.tell(Bytes{1, 2, 3});

  EXPECT_EQ(driver.client->link().phase, Phase::lost);
  EXPECT_EQ(driver.world.connection, nullptr) << "the connection is cut";
}

TEST(Link, ClosingSendsAllThatWaitsThenSaysGoodbye) {
  ClientDriver driver;
  driver.start_and_open();
  bool closed = false;

  driver.client->hold(Present{"ann"});
  driver.client->close([&closed] { closed = true; });
  driver.world.run();
  EXPECT_THAT(driver.world.heard.published("present").size(), 1u);
  EXPECT_TRUE(driver.world.said_goodbye);
  EXPECT_FALSE(closed);
  driver.world.connection->lose("closed");

  EXPECT_TRUE(closed);
  EXPECT_EQ(driver.client->link().phase, Phase::ended);
  EXPECT_EQ(driver.client->link().why.code, "closed");
  EXPECT_THAT(driver.errors, IsEmpty());
}

TEST(Link, ClosingTakesTwoSecondsAtMost) {
  ClientDriver driver;
  driver.start_and_open();
  bool closed = false;
  driver.client->close([&closed] { closed = true; });
  driver.world.run();

  driver.world.pass(Milliseconds(2'000));

  EXPECT_TRUE(closed);
  EXPECT_EQ(driver.world.connection, nullptr);
}

TEST(Link, ClosingWhileItIsLostIsImmediate) {
  ClientDriver driver;
  driver.start_and_open();
  driver.world.connection->lose();
  bool closed = false;

  driver.client->close([&closed] { closed = true; });
  driver.world.run();

  EXPECT_TRUE(closed);
  driver.world.pass(Milliseconds(60'000));
  EXPECT_EQ(driver.world.attempts, 1u);
}

TEST(Link, TheEndOfTheClientSaysGoodbyeToo) {
  ClientDriver driver;
  driver.start_and_open();
  driver.forget_core();

  driver.client.reset();
  driver.world.run();
  EXPECT_TRUE(driver.world.said_goodbye);
  ASSERT_NE(driver.world.connection, nullptr) << "the good-bye is waited for";
  driver.world.connection->lose("closed");

  EXPECT_EQ(driver.world.connection, nullptr);
}

TEST(Link, WhatIsAskedAfterTheEndIsAnswered) {
  ClientDriver driver;
  driver.start_and_open();
  driver.client->close();
  driver.world.run();
  driver.world.connection->lose("closed");
  std::vector<std::string> codes;
  const auto note = [&codes](const Error& error) { codes.push_back(error.code); };

  Space& space = *driver.client;
  space.sync([&](const Result<std::uint64_t>& answer) { note(answer.error()); });
  space.query(any<Present>().pattern, [&](const Result<Rows>& answer) { note(answer.error()); });
  space.send(Present{"ann"}, [&](const Result<Receipt>& answer) { note(answer.error()); });
  const Publication publication = space.publish(Present{"ann"});
  publication.accepted([&](const Result<Receipt>& answer) { note(answer.error()); });
  const Subscription subscription = space.on_add<Present>([](const Present&) {});
  subscription.synced([&](const Result<std::uint64_t>& answer) { note(answer.error()); });
  driver.world.run();

  EXPECT_THAT(codes, testing::Each(std::string("closed")));
  EXPECT_EQ(codes.size(), 5u);
}

TEST(Link, WhatTheNetworkHasNotTakenWaits) {
  ClientDriver driver;
  driver.start_and_open();
  driver.world.connection->accept_writes = false;
  const std::size_t before = driver.world.heard.frames;

  driver.client->hold(Present{"ann"});
  driver.world.run();
  driver.client->hold(Present{"bob"});
  driver.client->hold(Present{"cid"});
  driver.world.run();

  EXPECT_EQ(driver.world.heard.frames, before + 1);
}

// ---- a session that is resumed --------------------------------------------------------------

class ResumedLink : public testing::Test {
 protected:
  static Options with_grace() {
    Options options;
    options.grace = Milliseconds(1'000);
    return options;
  }
  ResumedLink() {
    driver.start();
    answer(opened_with_grace(1'000));
    links = driver.client->on_link([this](const LinkState& state) { states.push_back(state); });
    driver.world.run();
    states.clear();
  }
  void answer(const wire::native::Opened& opened) {
    driver.world.connection->establish();
    driver.tell(frame_of({hello()}));
    driver.tell(frame_of({opened}));
  }
  [[nodiscard]] std::vector<Phase> phases() const {
    std::vector<Phase> all;
    for (const LinkState& state : states) all.push_back(state.phase);
    return all;
  }

  ClientDriver driver{with_grace()};
  Subscription links;
  std::vector<LinkState> states;
};

TEST_F(ResumedLink, SaysThatItResumedAndPublishesNothingAgain) {
  const Publication here = driver.client->publish(record("present", "ann"));
  driver.world.run();
  EXPECT_EQ(driver.client->resume_token(), "AQID");
  driver.world.connection->lose();
  driver.world.pass(Milliseconds(500));
  driver.world.heard = {};

  answer(resumed(2));

  EXPECT_THAT(phases(), ElementsAre(Phase::lost, Phase::up));
  EXPECT_TRUE(driver.client->link().resumed);
  EXPECT_THAT(driver.world.heard.turns, IsEmpty());
}

TEST_F(ResumedLink, SaysThatItBeganAnewWhereTheSessionIsGone) {
  const Publication here = driver.client->publish(record("present", "ann"));
  driver.world.run();
  driver.world.connection->lose();
  driver.world.pass(Milliseconds(500));

  answer(not_opened("session-gone"));
  driver.tell(frame_of({opened_with_grace(1'000)}));

  EXPECT_EQ(driver.client->link().phase, Phase::up);
  EXPECT_FALSE(driver.client->link().resumed);
  EXPECT_EQ(driver.world.heard.published("present").size(), 2u);
}

TEST_F(ResumedLink, AfterTheGraceTheSessionIsGivenUp) {
  std::optional<Result<Receipt>> outcome;
  driver.client->send(record("hello"), [&](const Result<Receipt>& told) { outcome = told; });
  driver.world.run();
  driver.world.random = 30'000;
  driver.world.connection->lose();
  driver.world.pass(Milliseconds(400));
  if (driver.world.connection != nullptr) driver.world.connection->lose();

  driver.world.pass(Milliseconds(599));
  EXPECT_FALSE(outcome.has_value());
  driver.world.pass(Milliseconds(1));

  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->error().code, "outcome-unknown");
}

TEST_F(ResumedLink, WhoeverTookTheSessionOverKeepsIt) {
  wire::native::Close over;
  over.fault.error = {"taken-over", "The session goes on, on another connection."};
  driver.tell(frame_of({over}));
  driver.world.connection->lose();
  driver.world.pass(Milliseconds(60'000));

  EXPECT_EQ(driver.client->link().phase, Phase::ended);
  EXPECT_EQ(driver.client->link().why.code, "taken-over");
  EXPECT_EQ(driver.world.attempts, 1u);
}

}  // namespace
}  // namespace avow::test
