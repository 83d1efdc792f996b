#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string_view>

#include "cli/duration.hpp"

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

// CLI11 takes a word in brackets, like the sequence [1, 2], for a list of words. A mark in front of
// it keeps it whole; `unmarked` takes it off again.
constexpr char mark = '\1';

std::string marked(std::string word) { return word.starts_with('[') ? mark + word : word; }

CLI::Validator unmarked() {
  return {[](std::string& word) {
            if (word.starts_with(mark)) word.erase(0, 1);
            return std::string();
          },
          ""};
}

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
    add_cap();
    add_serve();
    add_demo();
    add_durable();
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

  static void add_values(CLI::App* app, std::vector<std::string>& values, bool& bare) {
    app->add_option("VALUE", values, "Such as '<present \"ann\">'; - reads lines from stdin")
        ->required()
        ->type_name("")
        ->transform(unmarked());
    app->add_flag("--bare", bare, "Take values that are no records too");
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
    app->footer(
        "avow publish VALUE... -- COMMAND... holds them while COMMAND runs, ends as it ended.");
    app->callback([this] {
      publish_.target = target();
      publish_.command = std::move(command_);
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

  void add_cap() {
    CLI::App* cap =
        verb("cap", "Make, narrow and show references, the rights to a space", "Rights");
    cap->require_subcommand(1);

    CLI::App* mint = cap->add_subcommand("mint", "Make a reference to a space");
    mint->add_option("--space", mint_.space, "The space (default main)")->type_name("NAME");
    mint->add_option("--key-file", mint_.key_file, "The server's key (default: the empty key)")
        ->type_name("FILE");
    mint->callback([this] {
      if (mint_.space.empty()) mint_.space = environment_("AVOW_SPACE").value_or("");
      invocation_ = std::move(mint_);
    });

    CLI::App* attenuate = cap->add_subcommand("attenuate", "Add caveats to a reference");
    attenuate->add_option("REF", attenuate_.reference, "The reference to narrow")
        ->required()
        ->type_name("");
    attenuate->add_option("CAVEAT", attenuate_.caveats, "Such as '<reject <rec secret [<_>]>>'")
        ->required()
        ->type_name("")
        ->transform(unmarked());
    attenuate->callback([this] { invocation_ = std::move(attenuate_); });

    CLI::App* show = cap->add_subcommand("show", "Tell what a reference is for");
    show->add_option("REF", show_.reference, "The reference")->required()->type_name("");
    show->callback([this] { invocation_ = std::move(show_); });
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

  // Listed so that whoever looks for them learns where they stand.
  void add_durable() {
    const std::pair<const char*, const char*> verbs[] = {{"put", "Make facts durable"},
                                                         {"drop", "Take durable facts back"},
                                                         {"take", "Take an item"}};
    for (const auto& [name, about] : verbs) {
      CLI::App* app = verb(name, about, "Not in this version, which keeps facts in memory only");
      app->allow_extras();
      app->callback([this, name = std::string(name)] { invocation_ = DurableOptions{name}; });
    }
  }

  // What follows `--` is the command of `publish`; CLI11 would take it for more values.
  void take_command(std::vector<std::string>& words) {
    if (words.empty() || words.front() != "publish") return;
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

  // Whether one letter added, dropped, changed or two swapped make one of the other.
  static bool is_nearly(std::string_view typed, std::string_view name) {
    const auto [left, right] = std::mismatch(typed.begin(), typed.end(), name.begin(), name.end());
    const std::string_view a = typed.substr(static_cast<std::size_t>(left - typed.begin()));
    const std::string_view b = name.substr(static_cast<std::size_t>(right - name.begin()));
    const auto after = [](std::string_view text, std::size_t count) {
      return count <= text.size() ? std::optional(text.substr(count)) : std::nullopt;
    };
    if (after(a, 1) == b || after(b, 1) == a) return true;
    if (!a.empty() && !b.empty() && after(a, 1) == after(b, 1)) return true;
    return a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0] &&
           after(a, 2) == after(b, 2);
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
  MintOptions mint_;
  AttenuateOptions attenuate_;
  ShowOptions show_;
  bool status_json_ = false;
};

}  // namespace

std::variant<Invocation, Answer> parse_arguments(const std::vector<std::string>& words,
                                                 const Environment& environment) {
  return Parser(environment).parse(words);
}

}  // namespace avow::cli
