#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "avow/base/clock.hpp"
#include "avow/base/result.hpp"
#include "server/store/backup.hpp"
#include "server/transport/transport.hpp"

// The control socket: what those may ask of a running server who may use its files, and no client.
// It is a Unix socket of mode 0600 beside the data file; control_lines.hpp has what is said there.

namespace avow::server {

struct ControlLimits {
  std::size_t connections_max = 8;
  /// For the request, and for taking the last answer.
  Milliseconds patience{10'000};
};

/// Begins a backup in the file that is named. Both functions are to be called on the transport's
/// thread; the second once, after all progress.
using BeginBackup =
    std::function<void(std::string file, std::function<void(const BackupProgress&)> progress,
                       std::function<void(const Result<BackupFacts>&)> done)>;

class Control {
 public:
  /// Listens beside `data_file` until the transport shuts down; then the socket's file is removed.
  /// One that a dead server left is replaced. `transport` must outlive this. Errors:
  /// `listen-failed`.
  [[nodiscard]] static Result<std::unique_ptr<Control>> listen(
      Transport& transport, const std::filesystem::path& data_file, BeginBackup begin,
      ControlLimits limits = {});
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  /// Ends what is still open, at once.
  ~Control();

 private:
  class Door;
  explicit Control(std::shared_ptr<Door> door);
  std::shared_ptr<Door> door_;
};

}  // namespace avow::server
