#include <string_view>

#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

constexpr std::string_view bash_completion = R"(_avow() {
  local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} options=
  if [ "$COMP_CWORD" = 1 ]; then
    options='watch query wait publish send raw status cap serve demo completion --help --version'
  elif [ "$COMP_CWORD" = 2 ] && [ "$verb" = cap ]; then
    options='mint attenuate show'
  elif [ "$COMP_CWORD" = 2 ] && [ "$verb" = demo ]; then
    options=chat
  else
    case $verb in
      watch) options='--json --captures --ts --all --only-add --count --for --until-synced' ;;
      query) options='--json --captures --ts --all -e' ;;
      wait) options='--json --captures --ts --all --gone --timeout' ;;
      publish | send) options='--json --bare' ;;
      status) options=--json ;;
      serve)
        options='--listen --tcp --unix --memory --open --key-file --host-name --origin --config'
        ;;
      demo) options=--pace ;;
      cap) options='--space --key-file' ;;
    esac
    case $verb in
      watch | query | wait | publish | send | raw | status) options+=' --url --cap --space' ;;
    esac
    options+=' --help'
  fi
  COMPREPLY=($(compgen -W "$options" -- "$word"))
}
complete -o default -F _avow avow)";

}  // namespace

int run(CompletionOptions /*options*/) {
  return Output().line(bash_completion) ? status_done : status_refused;
}

}  // namespace avow::cli
