#include "cli/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace avow::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

std::variant<Invocation, Answer> parsed(const std::vector<std::string>& words,
                                        const Variables& variables = {}) {
  return parse_arguments(words, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

template <class Options>
Options invocation(const std::vector<std::string>& words, const Variables& variables = {}) {
  const auto result = parsed(words, variables);
  if (const auto* answer = std::get_if<Answer>(&result)) ADD_FAILURE() << answer->text;
  return std::get<Options>(std::get<Invocation>(result));
}

Answer answer(const std::vector<std::string>& words, const Variables& variables = {}) {
  const auto result = parsed(words, variables);
  EXPECT_TRUE(std::holds_alternative<Answer>(result));
  return std::get<Answer>(result);
}

TEST(Arguments, OfAWatchAreAllRead) {
  const auto options =
      invocation<WatchOptions>({"watch", "--count", "3", "<n $n>", "--for", "1.5s", "--json",
                                "--captures", "--ts", "--all", "--only-add", "--until-synced"});

  EXPECT_EQ(options.pattern, "<n $n>");
  EXPECT_EQ(options.count, 3u);
  EXPECT_EQ(options.duration, Milliseconds(1'500));
  EXPECT_TRUE(options.showing.json && options.showing.captures && options.showing.time &&
              options.showing.all && options.only_add && options.until_synced);
}

TEST(Arguments, AFlagIsStrongerThanTheEnvironmentAndThatThanTheDefault) {
  const Variables variables{{"AVOW_URL", "ws://of-environment:1"}};

  EXPECT_EQ(invocation<StatusOptions>({"status"}).target.url, "ws://127.0.0.1:7370");
  EXPECT_EQ(invocation<StatusOptions>({"status"}, variables).target.url, "ws://of-environment:1");
  EXPECT_EQ(invocation<StatusOptions>({"status", "--url", "ws://of-flag:1"}, variables).target.url,
            "ws://of-flag:1");
}

TEST(Arguments, ASpaceAndAReferenceExcludeEachOtherUnlessOneIsAFlag) {
  const Variables both{{"AVOW_CAP", "<ref {}>"}, {"AVOW_SPACE", "orders"}};

  EXPECT_THAT(answer({"status", "--cap", "<ref {}>", "--space", "orders"}).text,
              HasSubstr("exclude each other"));
  EXPECT_EQ(invocation<StatusOptions>({"status", "--cap", "<ref 1>"}, both).target.reference,
            "<ref 1>");
  EXPECT_EQ(invocation<StatusOptions>({"status", "--space", "jobs"}, both).target.space, "jobs");
  EXPECT_EQ(invocation<StatusOptions>({"status", "--space", "jobs"}, both).target.reference, "");
  EXPECT_EQ(invocation<StatusOptions>({"status", "--space", "main"}).target.space, "");
}

TEST(Arguments, WhatFollowsTwoDashesIsTheCommandOfAPublication) {
  const auto options =
      invocation<PublishOptions>({"publish", "<a>", "<b>", "--", "sh", "-c", "exit 7", "--", "x"});

  EXPECT_THAT(options.values, ElementsAre("<a>", "<b>"));
  EXPECT_THAT(options.command, ElementsAre("sh", "-c", "exit 7", "--", "x"));
  EXPECT_EQ(answer({"publish", "<a>", "--"}).status, 2);
}

TEST(Arguments, ValuesInBracketsOrNamedLikeACommandStayWhole) {
  EXPECT_THAT(invocation<SendOptions>({"send", "[1, 2]", "[]", "watch", "-"}).values,
              ElementsAre("[1, 2]", "[]", "watch", "-"));
  EXPECT_EQ(invocation<QueryOptions>({"query", "[1, $x]"}).pattern, "[1, $x]");
}

TEST(Arguments, WrongUsageNamesWhatIsWrongAndWhereHelpIs) {
  for (const auto& [words, named] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"watch", "--no-such-flag", "<n>"}, "--no-such-flag"},
           {{"watch"}, "PATTERN"},
           {{"watch", "<n>", "<m>"}, "<m>"},
           {{"watch", "<n>", "--for", "5x"}, "--for: '5x'"},
           {{"watch", "<n>", "--count", "-1"}, "--count"},
           {{"cap", "mint", "--key"}, "--key"}}) {
    const Answer said = answer(words);

    EXPECT_EQ(said.status, 2);
    EXPECT_THAT(said.text, HasSubstr(named));
    EXPECT_THAT(said.text, HasSubstr("See: avow " + words.front()));
  }
}

TEST(Arguments, AnUnknownCommandIsNamedAndItsNeighbourSuggested) {
  for (const auto& [typed, meant] : std::map<std::string, std::string>{
           {"wach", "watch"}, {"wacth", "watch"}, {"querry", "query"}, {"sent", "send"}}) {
    const Answer said = answer({typed});

    EXPECT_EQ(said.status, 2);
    EXPECT_THAT(said.text, HasSubstr("'" + typed + "'"));
    EXPECT_THAT(said.text, HasSubstr("did you mean " + meant + "?"));
  }
  EXPECT_THAT(answer({"frobnicate"}).text, Not(HasSubstr("did you mean")));
}

TEST(Arguments, HelpIsAnAnswerOfItsOwnForEveryCommand) {
  EXPECT_EQ(answer({}).status, 2);
  EXPECT_EQ(answer({"--version"}).status, 0);
  for (const char* verb : {"watch", "query", "wait", "publish", "send", "raw", "status", "cap",
                           "serve", "demo", "put", "drop", "take", "backup", "restore"}) {
    const Answer said = answer({verb, "--help"});

    EXPECT_EQ(said.status, 0);
    EXPECT_THAT(said.text, HasSubstr(std::string("Usage: avow ") + verb));
    EXPECT_THAT(answer({"--help"}).text, HasSubstr(std::string("  ") + verb));
  }
}

TEST(Arguments, OfServeAreLeftToTheServer) {
  EXPECT_THAT(invocation<ServeOptions>({"serve", "--listen", "[::1]:0", "--what"}).arguments,
              ElementsAre("--listen", "[::1]:0", "--what"));
}

TEST(Arguments, OfAPutAreAllRead) {
  const auto options = invocation<KeepOptions>(
      {"put", "<a 1>", "--require", "<b _>", "<a 2>", "--absent", "[1, 2]", "--absent", "<c>",
       "--timeout", "2s", "--item", "--accepted", "--turn-id", "00/7", "--json", "--bare"});

  EXPECT_EQ(options.verb, KeepOptions::Verb::put);
  EXPECT_THAT(options.values, ElementsAre("<a 1>", "<a 2>"));
  EXPECT_THAT(options.commit.require, ElementsAre("<b _>"));
  EXPECT_THAT(options.commit.absent, ElementsAre("[1, 2]", "<c>"));
  EXPECT_EQ(options.commit.timeout, Milliseconds(2'000));
  EXPECT_EQ(options.commit.turn_id, "00/7");
  EXPECT_TRUE(options.items && options.commit.accepted && options.json && options.bare);
}

TEST(Arguments, ASlotHoldsOneFactAndIsClearedWithoutOne) {
  EXPECT_EQ(invocation<KeepOptions>({"put", "--slot", "leader", "<a>"}).slot, "leader");
  EXPECT_EQ(invocation<KeepOptions>({"drop", "--slot", "leader"}).slot, "leader");
  EXPECT_EQ(answer({"put", "--slot", "leader", "<a>", "<b>"}).status, 2);
  EXPECT_EQ(answer({"put", "--slot", "leader", "--item", "<a>"}).status, 2);
  EXPECT_EQ(answer({"put", "--slot", "leader"}).status, 2);
  EXPECT_EQ(answer({"drop", "--slot", "leader", "<a>"}).status, 2);
  EXPECT_EQ(answer({"drop"}).status, 2);
}

TEST(Arguments, ATakeMayHaveACommand) {
  const auto options = invocation<TakeOptions>(
      {"take", "<job $n>", "--timeout", "1s", "--ack", "--captures", "--", "work", "--json"});

  EXPECT_EQ(options.pattern, "<job $n>");
  EXPECT_EQ(options.timeout, Milliseconds(1'000));
  EXPECT_TRUE(options.consume && options.captures && !options.json);
  EXPECT_THAT(options.command, ElementsAre("work", "--json"));
}

TEST(Arguments, APublicationMayHaveALease) {
  EXPECT_EQ(invocation<PublishOptions>({"publish", "<a>", "--lease", "10s"}).lease,
            Milliseconds(10'000));
  EXPECT_EQ(invocation<PublishOptions>({"publish", "<a>"}).lease, std::nullopt);
  EXPECT_EQ(answer({"publish", "<a>", "--lease", "soon"}).status, 2);
}

TEST(Arguments, AnExportIsOfEverythingUnlessAPatternIsGiven) {
  EXPECT_EQ(invocation<ExportOptions>({"export"}).pattern, "_");
  EXPECT_EQ(invocation<ExportOptions>({"export", "[1 _]"}).pattern, "[1 _]");
  EXPECT_EQ(invocation<ImportOptions>({"import", "--space", "orders"}).target.space, "orders");
}

TEST(Arguments, OfABackupNameAFileOrVerifyOne) {
  const auto made = invocation<BackupOptions>({"backup", "b", "--data", "a.db"});
  EXPECT_EQ(made.verb, BackupOptions::Verb::make);
  EXPECT_EQ(made.file, "b");
  EXPECT_EQ(made.data, "a.db");
  EXPECT_EQ(invocation<BackupOptions>({"backup", "b"}).data, "");
  EXPECT_EQ(invocation<BackupOptions>({"backup", "./verify"}).verb, BackupOptions::Verb::make);

  const auto verified = invocation<BackupOptions>({"backup", "verify", "b"});
  EXPECT_EQ(verified.verb, BackupOptions::Verb::verify);
  EXPECT_EQ(verified.file, "b");

  for (const auto& words :
       std::vector<std::vector<std::string>>{{"backup"},
                                             {"backup", ""},
                                             {"backup", "verify"},
                                             {"backup", "a", "b"},
                                             {"backup", "verify", "b", "--data", "a.db"},
                                             {"backup", "b", "verify", "b"}}) {
    EXPECT_EQ(answer(words).status, 2) << testing::PrintToString(words);
  }
}

TEST(Arguments, OfARestoreNameTheBackupAndTheNewFile) {
  const auto options =
      invocation<BackupOptions>({"restore", "[b]", "--data", "new.db", "--dry-run"});

  EXPECT_EQ(options.verb, BackupOptions::Verb::restore);
  EXPECT_EQ(options.file, "[b]");
  EXPECT_EQ(options.data, "new.db");
  EXPECT_TRUE(options.dry_run);
  EXPECT_FALSE(invocation<BackupOptions>({"restore", "b", "--data", "new.db"}).dry_run);
  EXPECT_EQ(answer({"restore", "b"}).status, 2);
  EXPECT_EQ(answer({"restore", "--data", "new.db"}).status, 2);
}

}  // namespace
}  // namespace avow::cli
