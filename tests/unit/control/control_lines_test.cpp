#include "server/control_lines.hpp"

#include <gtest/gtest.h>

namespace avow::server {
namespace {

ControlAnswer answer(std::string_view line) {
  Result<ControlAnswer> read = read_answer(line);
  if (read) return *std::move(read);
  ADD_FAILURE() << line << ": " << read.error().detail;
  return Error{};
}

std::string without_end(std::string line) {
  EXPECT_TRUE(line.ends_with('\n')) << line;
  line.pop_back();
  return line;
}

TEST(ControlLines, OfARequestHoldAnAbsolutePathWithWhateverIsInIt) {
  const Result<std::string> line = backup_request("/backups/of  today ");

  ASSERT_TRUE(line);
  EXPECT_EQ(*line, "backup /backups/of  today \n");
  const Result<std::string> path = read_backup_request(without_end(*line));
  ASSERT_TRUE(path);
  EXPECT_EQ(*path, "/backups/of  today ");
}

TEST(ControlLines, OfARequestAreRefusedIfTheyCouldNotBeUnderstood) {
  EXPECT_FALSE(backup_request("relative"));
  EXPECT_FALSE(backup_request("/two\nlines"));
  EXPECT_TRUE(backup_request("/" + std::string(control_line_bytes_max - 9, 'x')));
  EXPECT_FALSE(backup_request("/" + std::string(control_line_bytes_max - 8, 'x')));
  for (const std::string_view line :
       {std::string_view(""), std::string_view("backup"), std::string_view("backup "),
        std::string_view("backup relative"), std::string_view("restore /a"),
        std::string_view("backup /a\0b", 11)}) {
    const Result<std::string> path = read_backup_request(line);
    ASSERT_FALSE(path) << line;
    EXPECT_EQ(path.error().code, "bad-request");
  }
}

TEST(ControlLines, OfAnswersAreReadAsTheyWereWritten) {
  const auto so_far =
      std::get<BackupProgress>(answer(without_end(line_of(BackupProgress{.bytes = 7, .of = 9}))));
  EXPECT_EQ(so_far.bytes, 7u);
  EXPECT_EQ(so_far.of, 9u);

  BackupFacts facts{.epoch = 0xfedcba9876543210, .head = 42, .bytes = 8192, .checksum = {}};
  for (std::size_t i = 0; i < facts.checksum.size(); ++i) {
    facts.checksum[i] = static_cast<std::uint8_t>(0xff - i);
  }
  const auto done = std::get<BackupFacts>(answer(without_end(line_of(facts))));
  EXPECT_EQ(done.epoch, facts.epoch);
  EXPECT_EQ(done.head, facts.head);
  EXPECT_EQ(done.bytes, facts.bytes);
  EXPECT_EQ(done.checksum, facts.checksum);

  const Error error{"store-exists", "It is there.  Name another."};
  EXPECT_EQ(std::get<Error>(answer(without_end(line_of(error)))), error);
}

TEST(ControlLines, AreOneLineEvenIfASentenceWasTwo) {
  EXPECT_EQ(line_of(Error{"code", "first\nsecond"}), "error code first second\n");
}

TEST(ControlLines, LookAsTheyAreDocumented) {
  EXPECT_EQ(line_of(BackupProgress{.bytes = 1, .of = 2}), "progress 1 of 2\n");
  EXPECT_EQ(
      line_of(BackupFacts{.epoch = 0xabc, .head = 3, .bytes = 4096, .checksum = {}}),
      "done head 3 epoch 0000000000000abc bytes 4096 checksum " + std::string(64, '0') + "\n");
}

TEST(ControlLines, OfAnswersThatAreNoneAreRefused) {
  const std::string zeros(64, '0');
  for (const std::string& line :
       {std::string(), std::string("progress"), std::string("progress 1 of"),
        std::string("progress -1 of 2"), std::string("progress 1 from 2"),
        std::string("progress 1 of 2 3"), std::string("done head 1 epoch 2 bytes 3 checksum 4"),
        "done head 1 epoch x bytes 3 checksum " + zeros,
        "done head 99999999999999999999 epoch 1 bytes 3 checksum " + zeros,
        "done head 1 epoch 1 bytes 3 checksum g" + zeros.substr(1), std::string("error"),
        std::string("error code"), std::string("hello")}) {
    EXPECT_FALSE(read_answer(line)) << line;
  }
}

TEST(ControlSocket, LiesBesideTheFileThatALinkLeadsTo) {
  std::string pattern = std::filesystem::temp_directory_path() / "avow-XXXXXX";
  const std::filesystem::path folder = std::filesystem::canonical(::mkdtemp(pattern.data()));
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink(folder / "real", folder / "link");

  EXPECT_EQ(control_socket_of(folder / "link" / "avow.db"), folder / "real" / "avow.db-control");

  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace avow::server
