#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "server/transport/address.hpp"

// What `avowd` is told: by flags, else by the environment, else by a file, else by default.

namespace avow::server {

/// What is done with files instead of serving.
enum class FileTask : std::uint8_t { none, check, backup, verify_backup, restore };

struct ServerOptions {
  std::vector<Address> websocket;  ///< Empty: port 7370 of both loopback addresses.
  std::vector<Address> tcp;
  std::vector<std::filesystem::path> unix_sockets;
  std::optional<std::filesystem::path> data;  ///< Nothing: the default file (durability.hpp).
  bool in_memory = false;
  FileTask task = FileTask::none;
  std::filesystem::path task_file;  ///< The backup that the task is about.
  bool dry_run = false;             ///< Of a restore: nothing is written.
  /// How long a session may outlive a lost connection, at most.
  Milliseconds grace_max{60'000};
  /// What may wait to be written to all clients together.
  std::size_t queue_bytes_max = 256 << 20;
  /// How long the server looks again and again for something to do before it sleeps.
  std::chrono::microseconds spin{0};
  /// Spaces in which nobody waits for the disk.
  std::vector<std::string> relaxed_spaces;
  /// Other hosts may reach the server although it asks nobody for a right.
  bool open = false;
  std::optional<std::filesystem::path> key_file;
  std::vector<std::string> host_names;
  std::vector<std::string> origins;
};

/// The program should end at once: something was asked for and is printed (`--help`), or the usage
/// is wrong.
struct EndNow {
  int status = 0;
  std::string text;  ///< For stdout if the status is 0, else for stderr.
};

/// Reads the command line, the environment and the file that they name.
[[nodiscard]] std::variant<ServerOptions, EndNow> read_options(int argc, char** argv);

/// Whether these may stand together, and what this release can do. Errors: `bad-options`.
[[nodiscard]] Result<void> check_options(const ServerOptions& options);

}  // namespace avow::server
