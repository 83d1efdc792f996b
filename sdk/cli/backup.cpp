#include <string>
#include <utility>
#include <vector>

#include "cli/program.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

std::string flag_of(BackupOptions::Verb verb) {
  switch (verb) {
    case BackupOptions::Verb::make:
      return "--backup=";
    case BackupOptions::Verb::verify:
      return "--verify-backup=";
    case BackupOptions::Verb::restore:
      break;
  }
  return "--restore=";
}

}  // namespace

int run(BackupOptions options) {
  // A value that is joined to its flag may begin with a dash.
  std::vector<std::string> words{flag_of(options.verb) + options.file};
  if (!options.data.empty()) words.push_back("--data=" + options.data);
  if (options.dry_run) words.emplace_back("--dry-run");
  return become_avowd(std::move(words));
}

}  // namespace avow::cli
