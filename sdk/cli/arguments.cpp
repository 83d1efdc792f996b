#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string_view>

#include "cli/bracket_mark.hpp"
#include "cli/duration.hpp"
#include "cli/offline_arguments.hpp"
#include "cli/spelling.hpp"

namespace avow::cli {
namespace {

constexpr std::string_view version = "avow " AVOW_VERSION;

constexpr std::string_view syntax_words =
    "Values are Preserves text: <temperature \"hall\" 21.5>. In patterns $name captures and _ "
    "matches\n"
    "anything: <temperature $room _>. AVOW_URL, AVOW_CAP and AVOW_SPACE stand for --url, --cap "
    "and\n"
    "--space.";

constexpr std::string_view closing_words =
    "\n"
    "\n"
    "Exit status: 0 done, 1 refused, 2 wrong usage, 3 no server, 4 outcome unknown, 5 timeout,\n"
    "128 + signal if interrupted.\n"
    "\n"
    "First steps:  avow demo chat      avow serve      avow watch '<present $who>'";

constexpr std::string_view bench_words =
    "Workloads:\n"
    "  stream    one publisher, one subscriber        fanout    one publisher, all are told\n"
    "  select    each message is for one subscription latency   there and back, one at a time\n"
    "  churn     facts are replaced, one watches all  snapshot  a late joiner asks for all facts\n"
    "  durable   writers wait for the disk            idle      connections that only wait\n"
    "  mass-end  clients with facts end at once\n"
    "\n"
    "Everything has a number and is checked where it arrives: what is lost or comes twice ends "
    "the\n"
    "run with status 1. Rates count what arrived. The line of the driver tells how busy avow "
    "bench\n"
    "itself was, and what it could do without a server: near 100 % it is the limit, not the "
    "server.\n"
    "The facts of a run are its own, <bench RUN KEY NUMBER TEXT>, and gone when it ends.";

// What CLI11 fills in, before it is checked: one for every verb that talks to a server.
struct TargetWords {
  std::optional<std::string> url, reference, space;
};

class Parser {
 public:
  explicit Parser(const Environment& environment) : environment_(environment) {
    app_.set_version_flag("--version", std::string(version));
    app_.require_subcommand(1);
    app_.footer(std::string(syntax_words));  // Verbs inherit it.
    add_watch();
    add_query();
    add_wait();
    add_publish();
    add_send();
    add_raw();
    add_status();
    add_cap_verbs(app_, environment_, invocation_);
    add_serve();
    add_backup_verbs(app_, invocation_, problem_);
    add_demo();
    drop_.verb = KeepOptions::Verb::drop;
    add_keep("put", "Make facts durable: they stay until they are dropped", put_);
    add_keep("drop", "Take durable facts back, whoever put them", drop_);
    add_take();
    add_export();
    add_import();
    add_bench();
    verb("completion", "Print the completion for bash: source <(avow completion)", "Shell")
        ->callback([this] { invocation_ = CompletionOptions{}; });
    app_.footer(std::string(syntax_words) + std::string(closing_words));
  }

  std::variant<Invocation, Answer> parse(std::vector<std::string> words) {
    if (auto unknown = unknown_verb(words)) return *unknown;
    take_command(words);
    // `avowd` reads its own flags, and says itself which it does not know.
    if (!words.empty() && words.front() == "serve" && !asks_for_help(words)) {
      return ServeOptions{{words.begin() + 1, words.end()}};
    }
    std::transform(words.begin(), words.end(), words.begin(), marked);
    std::reverse(words.begin(), words.end());  // CLI11 takes arguments from the back.
    try {
      app_.parse(std::move(words));
    } catch (const CLI::CallForVersion&) {
      return Answer{0, std::string(version)};
    } catch (const CLI::CallForHelp&) {
      return Answer{0, help()};
    } catch (const CLI::Error& problem) {
      return wrong_usage(problem.what());
    }
    if (problem_) return wrong_usage(*problem_);
    return std::move(*invocation_);
  }

 private:
  CLI::App* verb(const char* name, const char* about, const char* group = "Facts") {
    CLI::App* app = app_.add_subcommand(name, about);
    app->group(group);
    return app;
  }

  void add_target(CLI::App* app, TargetWords& words) {
    const char* group = "Where";
    app->add_option("--url", words.url, "The server (default ws://127.0.0.1:7370)")
        ->type_name("URL")
        ->group(group);
    app->add_option("--cap", words.reference, "The right to a space, a sturdy reference <ref …>")
        ->type_name("REF")
        ->group(group);
    app->add_option("--space", words.space, "The space (default main)")
        ->type_name("NAME")
        ->group(group);
  }

  CLI::App* server_verb(const char* name, const char* about) {
    CLI::App* app = verb(name, about);
    add_target(app, target_);
    return app;
  }

  void add_showing(CLI::App* app, Showing& showing) {
    app->add_flag("--json", showing.json, "One JSON object a line");
    app->add_flag("--captures", showing.captures, "Show only what was captured");
    app->add_flag("--ts", showing.time, "Begin each line with the time (UTC)");
    app->add_flag("--all", showing.all,
                  "Show interests and avow-… facts too, where _ or $x does not");
  }

  static void add_pattern(CLI::App* app, std::string& pattern) {
    app->add_option("PATTERN", pattern, "Such as '<temperature $room _>'")
        ->required()
        ->type_name("")
        ->transform(unmarked());
  }

  static CLI::Option* add_values(CLI::App* app, std::vector<std::string>& values, bool& bare) {
    app->add_flag("--bare", bare, "Take values that are no records too");
    return app->add_option("VALUE", values, "Such as '<present \"ann\">'; - reads lines from stdin")
        ->required()
        ->type_name("")
        ->transform(unmarked());
  }

  void add_watch() {
    CLI::App* app = server_verb("watch", "Show what comes and goes, one line at a time");
    add_pattern(app, watch_.pattern);
    add_showing(app, watch_.showing);
    app->add_flag("--only-add", watch_.only_add, "Show only what comes");
    app->add_option("--count", watch_.count, "End after N changes")
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    app->add_option("--for", duration_, "End after this time, such as 5s")->type_name("TIME");
    app->add_flag("--until-synced", watch_.until_synced, "End when all that is there was shown");
    app->callback([this] {
      watch_.target = target();
      watch_.duration = duration("--for");
      invocation_ = std::move(watch_);
    });
  }

  void add_query() {
    CLI::App* app = server_verb("query", "Print what matches, once");
    add_pattern(app, query_.pattern);
    add_showing(app, query_.showing);
    app->add_flag("-e", query_.fail_if_empty, "End with status 1 if nothing matches");
    app->callback([this] {
      query_.target = target();
      invocation_ = std::move(query_);
    });
  }

  void add_wait() {
    CLI::App* app = server_verb("wait", "Wait until something matches, or nothing does any more");
    add_pattern(app, wait_.pattern);
    add_showing(app, wait_.showing);
    app->add_flag("--gone", wait_.gone, "Wait until nothing matches any more");
    app->add_option("--timeout", duration_, "End with status 5 after this time, such as 5s")
        ->type_name("TIME");
    app->callback([this] {
      wait_.target = target();
      wait_.timeout = duration("--timeout");
      invocation_ = std::move(wait_);
    });
  }

  void add_publish() {
    CLI::App* app =
        server_verb("publish", "Hold facts up until interrupted, or while a command runs");
    add_values(app, publish_.values, publish_.bare);
    app->add_flag("--json", publish_.json, "Answer with a JSON object");
    app->add_option("--lease", duration_,
                    "If the link is lost they stay for this time, such as 10s, before they go")
        ->type_name("TIME");
    app->footer(
        "avow publish VALUE... -- COMMAND... holds them while COMMAND runs, ends as it ended.");
    app->callback([this] {
      publish_.target = target();
      publish_.command = std::move(command_);
      publish_.lease = duration("--lease");
      invocation_ = std::move(publish_);
    });
  }

  void add_send() {
    CLI::App* app = server_verb("send", "Send messages to whoever listens now");
    add_values(app, send_.values, send_.bare);
    app->add_flag("--json", send_.json, "Answer with a JSON object");
    app->callback([this] {
      send_.target = target();
      invocation_ = std::move(send_);
    });
  }

  void add_raw() {
    CLI::App* app = server_verb("raw", "Send lines of stdin as JSON frames, and show the answers");
    app->callback([this] { invocation_ = RawOptions{target()}; });
  }

  void add_status() {
    CLI::App* app = server_verb("status", "Say which server answers, and with which space");
    app->add_flag("--json", status_json_, "One JSON object");
    app->callback([this] { invocation_ = StatusOptions{target(), status_json_}; });
  }

  void add_serve() {
    CLI::App* app = verb("serve", "Start a server: avowd, with the same flags", "Server");
    app->footer("All flags are those of avowd: see avowd --help.");
  }

  void add_demo() {
    CLI::App* demo = verb("demo", "Show a server at work, in one command", "Server");
    demo->require_subcommand(1);
    CLI::App* chat = demo->add_subcommand("chat", "Three people come, chat and go");
    chat->add_option("--pace", duration_, "Time between two steps (default 700ms)")
        ->type_name("TIME");
    chat->callback([this] {
      DemoOptions options;
      options.pace = duration("--pace").value_or(options.pace);
      invocation_ = options;
    });
  }

  static void add_commit(CLI::App* app, CommitWords& words) {
    const char* group = "Conditions";
    app->add_option("--require", words.require, "Do it only if something matches this pattern")
        ->type_name("PATTERN")
        ->allow_extra_args(false)
        ->transform(unmarked())
        ->group(group);
    app->add_option("--absent", words.absent, "Do it only if nothing matches this pattern")
        ->type_name("PATTERN")
        ->allow_extra_args(false)
        ->transform(unmarked())
        ->group(group);
    app->add_flag("--accepted", words.accepted, "Answer before it is on the disk");
    app->add_option("--turn-id", words.turn_id,
                    "Ask again for a turn whose outcome is unknown; it is never done twice")
        ->type_name("ID");
  }

  CommitWords take_commit(CommitWords& words) {
    words.timeout = duration("--timeout");
    return std::move(words);
  }

  void add_keep(const char* name, const char* about, KeepOptions& options) {
    CLI::App* app = server_verb(name, about);
    add_values(app, options.values, options.bare)->required(false);
    app->add_flag("--json", options.json, "Answer with a JSON object");
    app->add_option("--slot", options.slot, "The one fact under this key, such as leader")
        ->type_name("KEY")
        ->transform(unmarked());
    add_commit(app, options.commit);
    app->add_option("--timeout", duration_, "Wait so long for the conditions, such as 5s")
        ->type_name("TIME")
        ->group("Conditions");
    if (options.verb == KeepOptions::Verb::put) {
      app->add_flag("--item", options.items, "Put items, to be taken one by one (avow take)");
    }
    app->footer(
        "All of it is one turn. Answers = durable rev N once it is on the disk, or = accepted rev "
        "N\n"
        "if the server keeps it in memory. Status 1: a condition does not hold, or it was "
        "refused;\n"
        "4: the link was lost and the outcome is unknown (the turn id is printed).");
    app->callback([this, &options] {
      options.target = target();
      options.commit = take_commit(options.commit);
      const bool clears = options.slot && options.verb == KeepOptions::Verb::drop;
      if (options.values.empty() != clears) {
        problem_ = clears ? "drop --slot KEY takes no VALUE" : "VALUE is required";
      } else if (options.slot && !clears && (options.values.size() > 1 || options.items)) {
        problem_ = "a slot holds one fact";
      }
      invocation_ = std::move(options);
    });
  }

  void add_take() {
    CLI::App* app = server_verb("take", "Take one item, which nobody else can take then");
    add_pattern(app, take_.pattern);
    app->add_option("--timeout", duration_,
                    "Wait so long for one, such as 5s (default: only look); then status 5")
        ->type_name("TIME");
    app->add_flag("--ack", take_.consume, "Consume it at once, even if COMMAND fails");
    app->add_flag("--captures", take_.captures, "Show only what was captured");
    app->add_flag("--json", take_.json, "Answer with a JSON object");
    app->footer(
        "The item is printed, and consumed once it is. avow take PATTERN -- COMMAND... runs "
        "COMMAND\n"
        "with the item in AVOW_ITEM: it is consumed if COMMAND succeeds, and else given back.\n"
        "Status 1: nothing was there.");
    app->callback([this] {
      take_.target = target();
      take_.timeout = duration("--timeout");
      take_.command = std::move(command_);
      invocation_ = std::move(take_);
    });
  }

  void add_export() {
    CLI::App* app = server_verb("export", "Print facts as lines of JSON, for import");
    app->add_option("PATTERN", export_.pattern, "Which facts (default: all)")
        ->type_name("")
        ->transform(unmarked());
    app->footer(
        "Every fact of one moment, durable or not, but for those that hold references and cannot "
        "be\n"
        "kept. One line each: {\"put\": VALUE}.");
    app->callback([this] {
      export_.target = target();
      invocation_ = std::move(export_);
    });
  }

  void add_import() {
    CLI::App* app = server_verb("import", "Make facts durable that lines of stdin tell");
    app->footer(
        "Lines as export prints them: {\"put\": VALUE}; also {\"drop\": VALUE} and\n"
        "{\"slot\": KEY, \"fact\": VALUE}. Done in batches, each of them one turn. What is there "
        "already\n"
        "stays as it is, so the same lines can be imported again.");
    app->callback([this] { invocation_ = ImportOptions{target()}; });
  }

  void add_bench() {
    CLI::App* app = server_verb("bench", "Measure a server under load, and check what arrives");
    app->group("Server");
    app->add_option("WORKLOAD", bench_.workload, "One of those below (default: a little of each)")
        ->type_name("");
    const auto number = [&](const char* name, std::uint64_t& to, const char* about) {
      app->add_option(name, to, about)->type_name("N")->check(CLI::Range(1UL, 1UL << 45U));
    };
    number("--size", bench_.size, "Bytes of text in each fact and message (default 100)");
    number("--connections", bench_.connections, "Subscribers, writers or clients");
    number("--facts", bench_.facts, "Facts that stand; of select: subscriptions");
    number("--batch", bench_.batch, "Events in a turn");
    number("--pack", bench_.pack, "Turns in a frame");
    number("--window", bench_.window, "Events that may be on the way at a time");
    number("--rate", bench_.rate, "Events a second (default: as many as the window allows)");
    number("--count", bench_.count, "End after so many events (snapshot: rounds)");
    app->add_option("--for", duration_, "End after this time, such as 5s")->type_name("TIME");
    app->add_option("--patience", patience_, "Give a silent server up after this time (10s)")
        ->type_name("TIME");
    app->add_flag("--yes-load-that-server", bench_.may_load_others,
                  "Also one that is not on this machine");
    app->add_flag("--json", bench_.json, "One JSON object");
    app->footer(std::string(bench_words));
    app->callback([this] {
      bench_.target = target();
      bench_.duration = duration("--for");
      duration_ = patience_;
      bench_.patience = duration("--patience").value_or(bench_.patience);
      invocation_ = std::move(bench_);
    });
  }

  // What follows `--` is the command of `publish` or `take`; CLI11 would take it for more values.
  void take_command(std::vector<std::string>& words) {
    if (words.empty() || (words.front() != "publish" && words.front() != "take")) return;
    const auto separator = std::find(words.begin(), words.end(), "--");
    if (separator == words.end()) return;
    command_.assign(separator + 1, words.end());
    words.erase(separator, words.end());
    if (command_.empty()) problem_ = "after -- stands the command to run";
  }

  std::optional<Answer> unknown_verb(const std::vector<std::string>& words) {
    if (words.empty()) return Answer{2, help()};
    if (words.front().front() == '-') return std::nullopt;
    const std::vector<CLI::App*> verbs = app_.get_subcommands({});
    if (std::any_of(verbs.begin(), verbs.end(),
                    [&](CLI::App* app) { return app->get_name() == words.front(); })) {
      return std::nullopt;
    }
    std::string sentence = "there is no command '" + words.front() + "'";
    for (const CLI::App* app : verbs) {
      if (is_nearly(words.front(), app->get_name())) {
        sentence += "; did you mean " + app->get_name() + "?";
        break;
      }
    }
    return Answer{2, "avow: " + sentence + "\nThe commands are listed by: avow --help"};
  }

  static bool asks_for_help(const std::vector<std::string>& words) {
    return std::any_of(words.begin(), words.end(),
                       [](const std::string& word) { return word == "--help" || word == "-h"; });
  }

  Target target() {
    Target found;
    const std::optional<std::string> url = target_.url ? target_.url : environment_("AVOW_URL");
    if (url) found.url = *url;
    std::optional<std::string> reference = target_.reference;
    std::optional<std::string> space = target_.space;
    if (!reference && !space) reference = environment_("AVOW_CAP");
    // A reference given by flag is meant to be used, whatever space the environment has.
    if (!reference && !space) space = environment_("AVOW_SPACE");
    if (reference && space) {
      problem_ = "--cap and --space exclude each other: a reference says which space it is for";
    }
    found.reference = reference.value_or("");
    if (space && *space != "main") found.space = *space;
    return found;
  }

  std::optional<Milliseconds> duration(const char* flag) {
    if (!duration_) return std::nullopt;
    Result<Milliseconds> parsed = parse_duration(*duration_);
    if (parsed.has_value()) return *parsed;
    problem_ = std::string(flag) + ": " + parsed.error().detail;
    return std::nullopt;
  }

  // The verb that was being read when CLI11 stopped, or the whole program.
  const CLI::App* current() const {
    const CLI::App* at = &app_;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return at;
  }

  // The words that lead to the verb being read: `avow cap mint`.
  std::string name_of(const CLI::App* app) const {
    if (app->get_parent() == nullptr) return app->get_name();
    return name_of(app->get_parent()) + " " + app->get_name();
  }

  std::string help() const {
    const CLI::App* app = current();
    std::string text = app->help(app == &app_ ? "" : name_of(app->get_parent()));
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }

  Answer wrong_usage(const std::string& sentence) const {
    const std::string name = name_of(current());
    return {2, name + ": " + sentence + "\nSee: " + name + " --help"};
  }

  const Environment& environment_;
  CLI::App app_{"Watch, publish and query the facts of an Avow server.", "avow"};
  std::optional<Invocation> invocation_;
  std::optional<std::string> problem_;

  TargetWords target_;
  std::optional<std::string> duration_;
  std::vector<std::string> command_;
  WatchOptions watch_;
  QueryOptions query_;
  WaitOptions wait_;
  PublishOptions publish_;
  SendOptions send_;
  KeepOptions put_;
  KeepOptions drop_;
  TakeOptions take_;
  ExportOptions export_;
  BenchOptions bench_;
  std::optional<std::string> patience_;
  bool status_json_ = false;
};

}  // namespace

std::variant<Invocation, Answer> parse_arguments(const std::vector<std::string>& words,
                                                 const Environment& environment) {
  return Parser(environment).parse(words);
}

}  // namespace avow::cli
