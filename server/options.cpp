#include "server/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "server/config_file.hpp"

namespace avow::server {
namespace {

// A setting as it was written, before it is understood.
struct Setting {
  std::vector<std::string> values;
  std::string name;  ///< What it is called where it was written: `--listen`, `avow.toml: listen`.
};

struct Written {
  Setting listen;
  Setting tcp;
  Setting unix_sockets;
  Setting data;
  Setting key_file;
  Setting host_names;
  Setting origins;
  Setting relaxed_spaces;
  Setting grace_max;
  Setting queue_max;
  Setting spin;
  bool memory = false;
  bool open = false;
  std::string config;
  // What is to be done this once: no settings, so neither environment nor file have them.
  bool check = false;
  std::optional<std::string> backup;
  std::optional<std::string> verify_backup;
  std::optional<std::string> restore;
  bool dry_run = false;
};

constexpr const char* description =
    "avowd keeps a live space of facts that programs coordinate through.\n"
    "Without flags it listens on port 7370 of this machine alone.";
constexpr const char* footer =
    "A setting comes from its flag, else from the environment (AVOWD_LISTEN, AVOWD_KEY_FILE …),\n"
    "else from the file that --config names (listen = [\"127.0.0.1:7370\"]), else by default.\n"
    "Once it listens it says where, and what to try next.";

/// CLI11 lets a file beat the environment. So it sees flags and environment alone, and what neither
/// of them says is taken from the file afterwards.

class CommandLine {
 public:
  CommandLine() : app_(description, "avowd") {
    app_.footer(footer);
    app_.set_version_flag("--version", "avowd " AVOW_VERSION);
    add("listen", written_.listen, "HOST:PORT",
        "Listen for WebSockets and browsers here; port 0 is any free one; may be repeated");
    add("tcp", written_.tcp, "HOST:PORT", "Listen for Syndicate over plain TCP here");
    add("unix", written_.unix_sockets, "PATH", "Listen for Syndicate on this Unix socket");
    add("data", written_.data, "FILE",
        "Keep durable state in this file (default: avow/avow.db in $XDG_STATE_HOME)");
    flag("memory", written_.memory, "Keep everything in memory");
    add("relaxed", written_.relaxed_spaces, "SPACE",
        "Answer in this space before the disk has it; may be repeated");
    add("grace-max", written_.grace_max, "SECONDS",
        "How long a session may outlive a lost connection, if its client asks for that: 0 to 60");
    kinds_["grace-max"] = SettingKind::number;
    add("queue-max", written_.queue_max, "MIB",
        "What may wait for all clients together, of those that read slowly: 1 to 1048576 "
        "(default: 256)");
    kinds_["queue-max"] = SettingKind::number;
    add("spin", written_.spin, "MICROSECONDS",
        "Answer sooner at the price of a processor: look so long for something to do before "
        "sleeping, 0 to 10000 (default: 0)");
    kinds_["spin"] = SettingKind::number;
    flag("open", written_.open, "Let other hosts in, though nobody is asked for a right");
    add("key-file", written_.key_file, "FILE",
        "Sign references with the key in this file: 32 bytes, or 64 hex digits; mode 0600");
    add("host-name", written_.host_names, "NAME", "A further name under which clients reach us");
    add("origin", written_.origins, "URL", "A web page that may connect: http://localhost:5173");
    app_.add_option("--config", written_.config, "A file with these settings, in TOML")
        ->envname("AVOWD_CONFIG")
        ->type_name("FILE");
    add_tasks();
  }

  // Nothing if all is well.
  std::optional<EndNow> parse(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
      return std::nullopt;
    } catch (const CLI::Success& asked) {
      std::ostringstream text;
      app_.exit(asked, text, text);
      return EndNow{0, text.str()};
    } catch (const CLI::ParseError& error) {
      return EndNow{2, std::string(error.what()) + " (avowd --help lists the flags)"};
    }
  }

  Result<void> fill_from_file() {
    if (app_.count("--config") == 0) return {};
    AVOW_TRY(const ConfigValues values, read_config(written_.config, kinds_));
    for (const auto& [name, list] : values) {
      if (!is_settled(name)) setters_.at(name)(list);
    }
    return {};
  }

  [[nodiscard]] const Written& written() const { return written_; }

 private:
  void add_tasks() {
    const char* const group = "Instead of serving";
    const auto task = [&](const char* name, std::optional<std::string>& file, const char* help) {
      return app_.add_option(name, file, help)->type_name("FILE")->group(group);
    };
    app_.add_flag("--check", written_.check, "Check the data file, and say what is in it")
        ->group(group);
    task("--backup", written_.backup, "Copy the data into FILE, also while a server runs");
    task("--verify-backup", written_.verify_backup, "Check a backup, and say what is in it");
    CLI::Option* const restore =
        task("--restore", written_.restore, "Make the new file that --data names of a backup");
    app_.add_flag("--dry-run", written_.dry_run, "Check what --restore would do, write nothing")
        ->needs(restore)
        ->group(group);
  }

  static std::string variable_of(const std::string& name) {
    std::string variable = "AVOWD_";
    for (const char c : name) {
      variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return variable;
  }

  // Whether flags or environment have said it. Where the data is, is one question with two flags.
  [[nodiscard]] bool is_settled(const std::string& name) const {
    const bool is_place = name == "data" || name == "memory";
    if (is_place) return app_.count("--data") + app_.count("--memory") > 0;
    return app_.count("--" + name) > 0;
  }

  CLI::Option* add(const std::string& name, Setting& to, const char* type, const char* help) {
    kinds_[name] = SettingKind::text;
    to.name = "--" + name;
    setters_[name] = [this, name, &to](const std::vector<std::string>& values) {
      to = {values, written_.config + ": " + name};
    };
    return app_.add_option("--" + name, to.values, help)
        ->envname(variable_of(name))
        ->type_name(type)
        ->allow_extra_args(false);
  }

  void flag(const std::string& name, bool& to, const char* help) {
    kinds_[name] = SettingKind::flag;
    setters_[name] = [&to](const std::vector<std::string>& values) {
      to = values.front() == "true";
    };
    app_.add_flag("--" + name, to, help)->envname(variable_of(name));
  }

  Written written_;
  CLI::App app_;
  std::map<std::string, SettingKind> kinds_;
  std::map<std::string, std::function<void(const std::vector<std::string>&)>> setters_;
};

Result<std::vector<Address>> addresses(const Setting& written) {
  std::vector<Address> parsed;
  for (const std::string& text : written.values) {
    Result<Address> address = parse_address(text);
    if (!address) return Error{"bad-options", written.name + ": " + address.error().detail};
    parsed.push_back(std::move(*address));
  }
  return parsed;
}

Result<std::vector<std::filesystem::path>> paths(const Setting& written) {
  std::vector<std::filesystem::path> parsed;
  for (const std::string& text : written.values) {
    if (text.empty()) return Error{"bad-options", written.name + " needs a path."};
    parsed.emplace_back(text);
  }
  return parsed;
}

Result<std::optional<std::filesystem::path>> one_path(const Setting& written) {
  AVOW_TRY(std::vector<std::filesystem::path> all, paths(written));
  if (all.size() > 1) return Error{"bad-options", written.name + " takes one path."};
  if (all.empty()) return std::optional<std::filesystem::path>();
  return std::optional(std::move(all.back()));
}

// A setting that is a whole number of `unit`s within bounds.
struct Numbers {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::int64_t by_default = 0;
  std::string_view unit;
};

Result<std::int64_t> number(const Setting& written, const Numbers& numbers) {
  std::int64_t value = numbers.by_default;
  if (written.values.empty()) return value;
  const std::string& text = written.values.back();
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, value);
  const bool is_number = failure == std::errc() && stopped == end;
  const bool fits = value >= numbers.min && value <= numbers.max;
  if (is_number && written.values.size() == 1 && fits) return value;
  return Error{"bad-options", written.name + " takes whole " + std::string(numbers.unit) +
                                  ", from " + std::to_string(numbers.min) + " to " +
                                  std::to_string(numbers.max) + "."};
}

Result<void> take_task(const Written& written, ServerOptions& options) {
  int tasks = 0;
  const auto take = [&](FileTask task, const std::optional<std::string>& file) {
    if (!file) return;
    ++tasks;
    options.task = task;
    options.task_file = *file;
  };
  take(FileTask::backup, written.backup);
  take(FileTask::verify_backup, written.verify_backup);
  take(FileTask::restore, written.restore);
  if (tasks > 0 && options.task_file.empty()) {
    return Error{"bad-options", "A backup is a file: name it."};
  }
  if (written.check) {
    ++tasks;
    options.task = FileTask::check;
  }
  options.dry_run = written.dry_run;
  if (tasks <= 1) return {};
  return Error{"bad-options",
               "--check, --backup, --verify-backup and --restore are done one at a time."};
}

Result<ServerOptions> understand(const Written& written) {
  ServerOptions options;
  AVOW_TRY(options.websocket, addresses(written.listen));
  AVOW_TRY(options.tcp, addresses(written.tcp));
  AVOW_TRY(options.unix_sockets, paths(written.unix_sockets));
  AVOW_TRY(options.data, one_path(written.data));
  AVOW_TRY(options.key_file, one_path(written.key_file));
  AVOW_TRY(const std::int64_t grace_seconds, number(written.grace_max, {0, 60, 60, "seconds"}));
  options.grace_max = Milliseconds(grace_seconds * 1'000);
  AVOW_TRY(const std::int64_t queue_mib, number(written.queue_max, {1, 1 << 20, 256, "MiB"}));
  options.queue_bytes_max = static_cast<std::size_t>(queue_mib) << 20;
  AVOW_TRY(const std::int64_t spin, number(written.spin, {0, 10'000, 0, "microseconds"}));
  options.spin = std::chrono::microseconds(spin);
  options.in_memory = written.memory;
  options.open = written.open;
  options.host_names = written.host_names.values;
  options.origins = written.origins.values;
  options.relaxed_spaces = written.relaxed_spaces.values;
  AVOW_TRY_VOID(take_task(written, options));
  return options;
}

bool all_on_this_machine(const ServerOptions& options) {
  const auto others_reach = [](const Address& address) { return !is_loopback(address); };
  return std::none_of(options.websocket.begin(), options.websocket.end(), others_reach) &&
         std::none_of(options.tcp.begin(), options.tcp.end(), others_reach);
}

Result<void> check_task(const ServerOptions& options) {
  if (options.task == FileTask::none) return {};
  if (options.in_memory) {
    return Error{"bad-options",
                 "Checks, backups and restores are of a data file: --memory has none."};
  }
  if (options.task == FileTask::restore && !options.data) {
    return Error{"bad-options", "--restore makes a new file: name it with --data."};
  }
  return {};
}

}  // namespace

std::variant<ServerOptions, EndNow> read_options(int argc, char** argv) {
  CommandLine line;
  if (std::optional<EndNow> end = line.parse(argc, argv)) return *end;
  if (const Result<void> filled = line.fill_from_file(); !filled) {
    return EndNow{2, filled.error().detail};
  }
  Result<ServerOptions> options = understand(line.written());
  if (!options) return EndNow{2, options.error().detail};
  return std::move(*options);
}

Result<void> check_options(const ServerOptions& options) {
  if (options.data && options.in_memory) {
    return Error{"bad-options",
                 "--memory and --data name two places for the same state: give one."};
  }
  AVOW_TRY_VOID(check_task(options));
  if (!all_on_this_machine(options) && !options.open) {
    return Error{"bad-options",
                 "Other hosts could reach this address, by connections that are not encrypted: "
                 "listen on 127.0.0.1 or [::1], or say --open if that is meant."};
  }
  return {};
}

}  // namespace avow::server
