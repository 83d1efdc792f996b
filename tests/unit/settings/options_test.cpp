#include "server/options.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

#include "tests/unit/settings/mentions.hpp"
#include "tests/unit/settings/temporary_folder.hpp"

namespace avow::server {
namespace {

/// A variable of the environment while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

std::variant<ServerOptions, EndNow> read(std::vector<std::string> words) {
  words.insert(words.begin(), "avowd");
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  return read_options(static_cast<int>(arguments.size()), arguments.data());
}

ServerOptions options(std::vector<std::string> words) {
  auto read_result = read(std::move(words));
  if (auto* found = std::get_if<ServerOptions>(&read_result)) return std::move(*found);
  ADD_FAILURE() << std::get<EndNow>(read_result).text;
  return {};
}

EndNow end(std::vector<std::string> words) {
  auto read_result = read(std::move(words));
  if (auto* found = std::get_if<EndNow>(&read_result)) return std::move(*found);
  ADD_FAILURE() << "the options were accepted";
  return {};
}

TEST(ServerOptions, AreEmptyByDefault) {
  const ServerOptions none = options({});

  EXPECT_TRUE(none.websocket.empty());
  EXPECT_TRUE(none.tcp.empty());
  EXPECT_FALSE(none.data);
  EXPECT_FALSE(none.open);
  EXPECT_TRUE(check_options(none));
}

TEST(ServerOptions, MayNameSeveralListeners) {
  const ServerOptions several =
      options({"--listen", "127.0.0.1:1", "--listen", "[::1]:2", "--unix", "a", "--unix", "b"});

  EXPECT_EQ(several.websocket, (std::vector<Address>{{"127.0.0.1", 1}, {"::1", 2}}));
  EXPECT_EQ(several.unix_sockets, (std::vector<std::filesystem::path>{"a", "b"}));
}

TEST(ServerOptions, ComeFromTheFileWhereNothingElseSaysThem) {
  TemporaryFolder folder;
  const std::string file =
      folder.write("avow.toml", "listen = '127.0.0.1:1'\nopen = true\norigin = ['http://a']\n");

  const ServerOptions from_file = options({"--config", file});

  EXPECT_EQ(from_file.websocket, (std::vector<Address>{{"127.0.0.1", 1}}));
  EXPECT_TRUE(from_file.open);
  EXPECT_EQ(from_file.origins, std::vector<std::string>{"http://a"});
}

TEST(ServerOptions, OfTheEnvironmentBeatTheFileAndFlagsBeatBoth) {
  TemporaryFolder folder;
  const std::string file = folder.write("avow.toml", "listen = '127.0.0.1:1'\n");
  const Variable variable("AVOWD_LISTEN", "127.0.0.1:2");

  EXPECT_EQ(options({"--config", file}).websocket, (std::vector<Address>{{"127.0.0.1", 2}}));
  EXPECT_EQ(options({"--config", file, "--listen", "127.0.0.1:3"}).websocket,
            (std::vector<Address>{{"127.0.0.1", 3}}));
}

TEST(ServerOptions, MayNameTheFileInTheEnvironment) {
  TemporaryFolder folder;
  const std::string file = folder.write("avow.toml", "tcp = '127.0.0.1:1'\n");
  const Variable variable("AVOWD_CONFIG", file.c_str());

  EXPECT_EQ(options({}).tcp, (std::vector<Address>{{"127.0.0.1", 1}}));
}

TEST(ServerOptions, OfAFlagLetTheFileNotNameAnotherPlaceForTheData) {
  TemporaryFolder folder;
  const std::string file = folder.write("avow.toml", "data = '/var/lib/avow.db'\n");

  const ServerOptions in_memory = options({"--config", file, "--memory"});

  EXPECT_TRUE(in_memory.in_memory);
  EXPECT_FALSE(in_memory.data);
}

TEST(ServerOptions, ThatAreWronglyWrittenAreNamedWhereTheyStand) {
  TemporaryFolder folder;
  const std::string file = folder.write("avow.toml", "tcp = 'nowhere'\n");

  const EndNow by_flag = end({"--tcp", "nowhere"});
  EXPECT_EQ(by_flag.status, 2);
  EXPECT_TRUE(mentions(by_flag.text, "--tcp: 'nowhere'")) << by_flag.text;
  EXPECT_TRUE(mentions(end({"--config", file}).text, file + ": tcp: 'nowhere'"));
}

TEST(ServerOptions, OfWhichThereIsOneCannotBeGivenTwice) {
  EXPECT_EQ(end({"--key-file", "a", "--key-file", "b"}).status, 2);
}

TEST(ServerOptions, TellHelpAndVersionAsASuccess) {
  EXPECT_EQ(end({"--help"}).status, 0);
  EXPECT_TRUE(mentions(end({"--help"}).text, "--key-file"));
  EXPECT_TRUE(end({"--version"}).text.starts_with("avowd "));
}

TEST(ServerOptions, LetOtherHostsInOnlyIfThatIsMeant) {
  for (const char* address : {"0.0.0.0:1", "[::]:1", "192.0.2.7:1"}) {
    const Result<void> refused = check_options(options({"--listen", address}));
    ASSERT_FALSE(refused) << address;
    EXPECT_TRUE(mentions(refused.error().detail, "--open")) << refused.error().detail;
    EXPECT_FALSE(check_options(options({"--tcp", address})));
    EXPECT_TRUE(check_options(options({"--listen", address, "--open"})));
  }
}

TEST(ServerOptions, NameOnePlaceForTheState) {
  const Result<void> refused = check_options(options({"--data", "a.db", "--memory"}));

  ASSERT_FALSE(refused);
  EXPECT_TRUE(mentions(refused.error().detail, "--data"));
  EXPECT_TRUE(mentions(refused.error().detail, "--memory"));
  EXPECT_TRUE(check_options(options({"--data", "a.db"})));
  EXPECT_TRUE(check_options(options({"--memory"})));
}

TEST(ServerOptions, NameTheSpacesThatDoNotWaitForTheDisk) {
  const ServerOptions relaxed = options({"--relaxed", "logs", "--relaxed", "metrics"});

  EXPECT_EQ(relaxed.relaxed_spaces, (std::vector<std::string>{"logs", "metrics"}));
}

TEST(ServerOptions, SayHowLongASessionMayOutliveItsConnection) {
  EXPECT_EQ(options({}).grace_max, Milliseconds(60'000));
  EXPECT_EQ(options({"--grace-max", "0"}).grace_max, Milliseconds(0));
  EXPECT_EQ(options({"--grace-max", "5"}).grace_max, Milliseconds(5'000));
  for (const char* wrong : {"61", "-1", "5s", ""}) {
    EXPECT_EQ(end({"--grace-max", wrong}).status, 2) << wrong;
  }
}

TEST(ServerOptions, SayWhatMayWaitForAllClientsTogether) {
  EXPECT_EQ(options({}).queue_bytes_max, 256u << 20);
  EXPECT_EQ(options({"--queue-max", "3"}).queue_bytes_max, 3u << 20);
  for (const char* wrong : {"0", "-1", "1048577", "5MiB", ""}) {
    EXPECT_EQ(end({"--queue-max", wrong}).status, 2) << wrong;
  }
}

TEST(ServerOptions, SayHowLongItLooksForSomethingToDoBeforeItSleeps) {
  EXPECT_EQ(options({}).spin.count(), 0);
  EXPECT_EQ(options({"--spin", "50"}).spin.count(), 50);
  for (const char* wrong : {"10001", "-1", "50us", ""}) {
    EXPECT_EQ(end({"--spin", wrong}).status, 2) << wrong;
  }
}

TEST(FileTasks, AreNoneUnlessOneIsAskedFor) { EXPECT_EQ(options({}).task, FileTask::none); }

TEST(FileTasks, AreReadWithTheirFiles) {
  EXPECT_EQ(options({"--check"}).task, FileTask::check);
  const ServerOptions backup = options({"--backup", "b", "--data", "a.db"});
  EXPECT_EQ(backup.task, FileTask::backup);
  EXPECT_EQ(backup.task_file, "b");
  EXPECT_EQ(options({"--verify-backup", "b"}).task, FileTask::verify_backup);
  const ServerOptions restore = options({"--restore=-b", "--data", "a.db", "--dry-run"});
  EXPECT_EQ(restore.task, FileTask::restore);
  EXPECT_EQ(restore.task_file, "-b");
  EXPECT_TRUE(restore.dry_run);
}

TEST(FileTasks, AreOneAtATimeAndNameTheirFile) {
  EXPECT_EQ(end({"--check", "--backup", "b"}).status, 2);
  EXPECT_EQ(end({"--verify-backup", "b", "--restore", "b"}).status, 2);
  EXPECT_EQ(end({"--dry-run"}).status, 2);
  EXPECT_EQ(end({"--backup"}).status, 2);
  EXPECT_EQ(end({"--backup", ""}).status, 2);
  EXPECT_EQ(end({"--verify-backup", ""}).status, 2);
}

TEST(FileTasks, AreNoSettingsOfEnvironmentOrFile) {
  TemporaryFolder folder;
  const std::string file = folder.write("avow.toml", "backup = 'b'\n");
  const Variable variable("AVOWD_CHECK", "true");

  EXPECT_EQ(options({}).task, FileTask::none);
  EXPECT_TRUE(mentions(end({"--config", file}).text, "backup"));
}

TEST(FileTasks, NeedADataFile) {
  for (const char* task : {"--check", "--backup=b", "--verify-backup=b", "--restore=b"}) {
    const Result<void> refused = check_options(options({task, "--memory"}));
    ASSERT_FALSE(refused) << task;
    EXPECT_TRUE(mentions(refused.error().detail, "--memory"));
  }
  const Result<void> refused = check_options(options({"--restore", "b"}));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(mentions(refused.error().detail, "--data"));
  EXPECT_TRUE(check_options(options({"--restore", "b", "--data", "a.db"})));
  EXPECT_TRUE(check_options(options({"--backup", "b"})));
}

}  // namespace
}  // namespace avow::server
