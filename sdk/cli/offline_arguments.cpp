#include "cli/offline_arguments.hpp"

#include <memory>
#include <string>

#include "cli/bracket_mark.hpp"

namespace avow::cli {
namespace {

CLI::Option* add_backup_file(CLI::App* app, BackupOptions& options) {
  return app->add_option("FILE", options.file, "The backup")->type_name("")->transform(unmarked());
}

CLI::Option* add_data(CLI::App* app, BackupOptions& options, const char* help) {
  return app->add_option("--data", options.data, help)->type_name("FILE");
}

// What is read into is kept by the callback, and so lives as long as the verb.
std::shared_ptr<BackupOptions> options_of(BackupOptions::Verb verb) {
  auto options = std::make_shared<BackupOptions>();
  options->verb = verb;
  return options;
}

void add_backup(CLI::App& app, std::optional<Invocation>& to, std::optional<std::string>& problem) {
  CLI::App* const backup = app.add_subcommand("backup", "Copy the server's data, while it runs");
  backup->group("Server");
  const auto made = options_of(BackupOptions::Verb::make);
  CLI::Option* const file = add_backup_file(backup, *made);
  CLI::Option* const data = add_data(backup, *made, "The server's data file (default: as avowd's)");
  backup->footer(
      "All of it at one turn, in one new file, which avow restore reads. It is made by the server "
      "if\none runs, which needs the right to use its files, and none to its spaces. A file of "
      "the name\nverify is written ./verify.");

  CLI::App* const verify = backup->add_subcommand("verify", "Check a backup, say what is in it");
  const auto verified = options_of(BackupOptions::Verb::verify);
  add_backup_file(verify, *verified)->required();
  verify->footer("Its checksum, and all that avowd --check looks at.");
  verify->callback([&to, verified] { to = *verified; });
  verify->excludes(file);
  verify->excludes(data);
  backup->callback([&to, &problem, backup, verify, made] {
    if (backup->got_subcommand(verify)) return;
    if (made->file.empty()) problem = "FILE is required";
    to = *made;
  });
}

void add_restore(CLI::App& app, std::optional<Invocation>& to) {
  CLI::App* const restore = app.add_subcommand("restore", "Make a new data file of a backup");
  restore->group("Server");
  const auto options = options_of(BackupOptions::Verb::restore);
  add_backup_file(restore, *options)->required();
  add_data(restore, *options, "The new data file, which must not be there")->required();
  restore->add_flag("--dry-run", options->dry_run, "Check whether it could be done, write nothing");
  restore->footer(
      "It begins another history, with an epoch of its own, above all that the old one had "
      "numbered.\nThen: avow serve --data FILE");
  restore->callback([&to, options] { to = *options; });
}

}  // namespace

void add_cap_verbs(CLI::App& app, const Environment& environment, std::optional<Invocation>& to) {
  CLI::App* const cap =
      app.add_subcommand("cap", "Make, narrow and show references, the rights to a space");
  cap->group("Rights");
  cap->require_subcommand(1);

  CLI::App* const mint = cap->add_subcommand("mint", "Make a reference to a space");
  const auto minted = std::make_shared<MintOptions>();
  mint->add_option("--space", minted->space, "The space (default main)")->type_name("NAME");
  mint->add_option("--key-file", minted->key_file, "The server's key (default: the empty key)")
      ->type_name("FILE");
  mint->callback([&to, &environment, minted] {
    if (minted->space.empty()) minted->space = environment("AVOW_SPACE").value_or("");
    to = *minted;
  });

  CLI::App* const attenuate = cap->add_subcommand("attenuate", "Add caveats to a reference");
  const auto attenuated = std::make_shared<AttenuateOptions>();
  attenuate->add_option("REF", attenuated->reference, "The reference to narrow")
      ->required()
      ->type_name("");
  attenuate->add_option("CAVEAT", attenuated->caveats, "Such as '<reject <rec secret [<_>]>>'")
      ->required()
      ->type_name("")
      ->transform(unmarked());
  attenuate->callback([&to, attenuated] { to = *attenuated; });

  CLI::App* const show = cap->add_subcommand("show", "Tell what a reference is for");
  const auto shown = std::make_shared<ShowOptions>();
  show->add_option("REF", shown->reference, "The reference")->required()->type_name("");
  show->callback([&to, shown] { to = *shown; });
}

void add_backup_verbs(CLI::App& app, std::optional<Invocation>& to,
                      std::optional<std::string>& problem) {
  add_backup(app, to, problem);
  add_restore(app, to);
}

}  // namespace avow::cli
