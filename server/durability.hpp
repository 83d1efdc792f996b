#pragma once

#include <functional>
#include <memory>
#include <string>

#include "avow/base/result.hpp"
#include "server/engine/engine.hpp"
#include "server/options.hpp"
#include "server/store/backup.hpp"
#include "server/store/journal.hpp"
#include "server/transport/transport.hpp"

// What the server's durable state rests on: a journal in a file, or one that keeps nothing. It
// hands what the journal's thread says over to the event loop, where the engine lives.

namespace avow::server {

class Durability {
 public:
  /// Opens what `options` name. Errors: `bad-options` where there is no place for the data, and
  /// those of opening a database.
  [[nodiscard]] static Result<std::unique_ptr<Durability>> open(const ServerOptions& options);
  virtual ~Durability() = default;

  [[nodiscard]] virtual Journal& journal() = 0;
  /// What the journal's word is worth.
  [[nodiscard]] virtual Level level() const = 0;
  /// For people: where the state is.
  [[nodiscard]] virtual std::string place() const = 0;
  /// From now on the journal's reports reach `engine` on the thread of `transport`; both must
  /// outlive this. After a failure the transport is shut down.
  virtual void start(Engine& engine, Transport& transport, const Log& log) = 0;
  /// Copies what is kept into `file`, a new one, while all goes on. The functions are called on the
  /// transport's thread, progress at most a few times each second. Errors: those of
  /// JournalThread::backup; `unsupported` in memory.
  virtual void back_up(std::string file, std::function<void(const BackupProgress&)> progress,
                       std::function<void(const Result<BackupFacts>&)> done) = 0;
  /// After the last turn. Errors: why the state may not be what was answered.
  [[nodiscard]] virtual Result<void> close(std::uint64_t last_seq) = 0;
};

/// The file of the data if nothing else is said: `$XDG_STATE_HOME/avow/avow.db`, else that under
/// `$HOME/.local/state`. Its folder is created. Errors: `bad-options`.
[[nodiscard]] Result<std::filesystem::path> default_data_file();
/// The one that `options` name, else the default. Errors: `bad-options`.
[[nodiscard]] Result<std::filesystem::path> data_file_of(const ServerOptions& options);

}  // namespace avow::server
