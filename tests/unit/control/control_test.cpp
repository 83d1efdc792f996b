#include "server/control.hpp"

#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <optional>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include "server/control_client.hpp"
#include "server/control_lines.hpp"
#include "tests/unit/settings/temporary_folder.hpp"
#include "tests/unit/transport/socket_client.hpp"

namespace avow::server {
namespace {

constexpr Milliseconds never{3'600'000};

/// A backup that was asked for, and is made as the test says.
struct Begun {
  std::string file;
  std::function<void(const BackupProgress&)> progress;
  std::function<void(const Result<BackupFacts>&)> done;
};

/// A transport on a thread of its own, with a control socket whose backups are the test's.
class ControlTest : public testing::Test {
 protected:
  void start(ControlLimits limits = {.patience = never}) {
    auto listening = Control::listen(
        transport_, data_,
        [this](std::string file, auto progress, auto done) {
          begun_.push_back({std::move(file), std::move(progress), std::move(done)});
          if (begun_.size() == 1) first_begun_.set_value();
        },
        limits);
    ASSERT_TRUE(listening) << listening.error().detail;
    control_ = *std::move(listening);
    thread_ = std::thread([this] { transport_.run(); });
  }
  void stop() {
    if (!thread_.joinable()) return;
    transport_.shut_down();
    thread_.join();
  }
  void TearDown() override {
    stop();
    control_.reset();
  }

  // Calls `work` on the transport's thread, and waits until that is done.
  template <class Work>
  auto on_its_thread(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    transport_.post([&task] { task(); });
    return result.get();
  }
  // The backup that was asked for first.
  Begun first() {
    first_begun_.get_future().wait();
    return on_its_thread([this] { return begun_.front(); });
  }
  std::size_t count_begun() {
    return on_its_thread([this] { return begun_.size(); });
  }

  TemporaryFolder folder_;
  const std::filesystem::path data_ = folder_.write("avow.db", "");
  const std::string socket_ = control_socket_of(data_);
  Transport transport_{
      {},
      [](Protocol, Peer, Shell&, Moment) { return std::unique_ptr<Conversation>(); },
      [](const HttpRequest&) { return HttpResponse(); }};
  std::vector<Begun> begun_;  // Of the transport's thread.
  std::promise<void> first_begun_;
  std::unique_ptr<Control> control_;
  std::thread thread_;
};

TEST_F(ControlTest, TakesARequestAndAnswersUntilItIsDone) {
  start();
  SocketClient client(socket_);

  client.send("backup /the file\n");
  const Begun backup = first();
  on_its_thread([&] { backup.progress({.bytes = 1, .of = 2}); });
  EXPECT_EQ(client.receive_until("\n"), "progress 1 of 2\n");
  const BackupFacts facts{.epoch = 1, .head = 2, .bytes = 3, .checksum = {}};
  on_its_thread([&] { backup.done(facts); });

  EXPECT_EQ(backup.file, "/the file");
  EXPECT_EQ(client.receive_all(), line_of(facts));
}

TEST_F(ControlTest, HandsAnErrorOnAndCloses) {
  start();
  SocketClient client(socket_);
  client.send("backup /there\n");
  const Begun backup = first();

  on_its_thread([&] { backup.done(Error{"store-exists", "It is there."}); });

  EXPECT_EQ(client.receive_all(), "error store-exists It is there.\n");
}

TEST_F(ControlTest, RefusesWhatIsNoRequestAndALineWithoutEnd) {
  start();
  for (const std::string& said : {std::string("restore /there\n"), std::string("backup relative\n"),
                                  std::string("\n"), std::string(control_line_bytes_max, 'x')}) {
    SocketClient client(socket_);
    client.send(said);
    EXPECT_TRUE(client.receive_all().starts_with("error bad-request ")) << said;
  }
  EXPECT_EQ(count_begun(), 0u);
}

TEST_F(ControlTest, TakesALineThatComesInPieces) {
  start();
  SocketClient client(socket_);
  client.send("back");
  client.send("up /fi");
  client.send("le\nand what follows");

  EXPECT_EQ(first().file, "/file");
}

TEST_F(ControlTest, EndsWhoeverSaysNothing) {
  start({.patience = Milliseconds(10)});
  SocketClient client(socket_);

  EXPECT_EQ(client.receive_all(), "");
}

TEST_F(ControlTest, WaitsForABackupAsLongAsItTakes) {
  start({.patience = Milliseconds(10)});
  SocketClient patient(socket_);
  patient.send("backup /file\n");
  const Begun backup = first();

  // Whoever came later was ended by then.
  EXPECT_EQ(SocketClient(socket_).receive_all(), "");
  on_its_thread([&] { backup.progress({.bytes = 1, .of = 2}); });

  EXPECT_EQ(patient.receive_until("\n"), "progress 1 of 2\n");
}

TEST_F(ControlTest, TurnsAwayMoreThanItsLimit) {
  start({.connections_max = 1, .patience = never});
  SocketClient client(socket_);
  client.send("backup /file\n");
  const Begun backup = first();

  EXPECT_TRUE(SocketClient(socket_).receive_all().starts_with("error limit "));
  on_its_thread([&] { backup.done(Error{"store-failed", "It failed."}); });
  EXPECT_EQ(client.receive_all(), "error store-failed It failed.\n");
}

TEST_F(ControlTest, DropsProgressThatNobodyReadsAndKeepsTheEnd) {
  start();
  SocketClient client(socket_);
  client.send("backup /file\n");
  const Begun backup = first();

  on_its_thread([&] {
    for (std::uint64_t i = 0; i < 1'000'000; ++i) backup.progress({.bytes = i, .of = i});
    backup.done(Error{"store-failed", "It failed."});
  });

  const std::string all = client.receive_all();
  EXPECT_LT(all.size(), 1'000u);
  EXPECT_TRUE(all.ends_with("\nerror store-failed It failed.\n")) << all;
}

TEST_F(ControlTest, SurvivesWhoeverLeavesBeforeTheEnd) {
  start();
  {
    SocketClient client(socket_);
    client.send("backup /file\n");
  }
  const Begun backup = first();

  on_its_thread([&] {
    backup.progress({.bytes = 1, .of = 2});
    backup.done(BackupFacts{});
  });

  SocketClient next(socket_);
  next.send("no request\n");
  EXPECT_TRUE(next.receive_all().starts_with("error bad-request "));
}

TEST_F(ControlTest, SaysWhyItEndsAndTakesItsFileAway) {
  start();
  SocketClient client(socket_);
  client.send("backup /file\n");
  const Begun backup = first();

  stop();

  EXPECT_TRUE(client.receive_all().starts_with("error store-closed "));
  EXPECT_FALSE(std::filesystem::exists(socket_));
  backup.done(Error{"store-closed", "Too late."});  // Nobody is there any more.
}

TEST_F(ControlTest, IsForItsOwnerAloneAndReplacesWhatADeadServerLeft) {
  {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
  }
  start();

  struct stat found {};
  ASSERT_EQ(::stat(socket_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  SocketClient client(socket_);
  client.send("no request\n");
  EXPECT_TRUE(client.receive_all().starts_with("error bad-request "));
}

TEST_F(ControlTest, IsAskedByTheClientOfTheSameProgram) {
  start();
  std::uint64_t seen = 0;
  auto asked = std::async(std::launch::async, [&] {
    return ask_for_backup(socket_, "/file",
                          [&](const BackupProgress& so_far) { seen = so_far.bytes; });
  });
  const Begun backup = first();
  on_its_thread([&] {
    backup.progress({.bytes = 5, .of = 9});
    backup.done(BackupFacts{.epoch = 1, .head = 2, .bytes = 3, .checksum = {}});
  });

  const Result<BackupFacts> done = asked.get();

  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->head, 2u);
  EXPECT_EQ(seen, 5u);
}

TEST_F(ControlTest, TellsItsClientThatTheServerEnded) {
  start();
  auto asked = std::async(std::launch::async, [&] {
    return ask_for_backup(socket_, "/file", [](const BackupProgress&) {});
  });
  (void)first();

  stop();

  EXPECT_EQ(asked.get().error().code, "store-closed");
}

TEST_F(ControlTest, IsMissedByItsClientWhereNobodyListens) {
  const auto nothing = [](const BackupProgress&) {};

  EXPECT_EQ(ask_for_backup(socket_, "/file", nothing).error().code, "no-server");
  EXPECT_EQ(ask_for_backup(folder_.write("file", ""), "/file", nothing).error().code, "no-server");
  EXPECT_EQ(ask_for_backup("/" + std::string(200, 'x'), "/file", nothing).error().code,
            "no-server");
  EXPECT_EQ(ask_for_backup(socket_, "file", nothing).error().code, "bad-options");
}

}  // namespace
}  // namespace avow::server
