#include <string_view>

#include "cli/exit_status.hpp"
#include "cli/output.hpp"
#include "cli/verbs.hpp"

namespace avow::cli {
namespace {

constexpr std::string_view bash_completion = R"(_avow() {
  local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} options=
  if [ "$COMP_CWORD" = 1 ]; then
    options='watch query wait publish send put drop take export import raw status cap serve bench
      backup restore demo completion --help --version'
  elif [ "$COMP_CWORD" = 2 ] && [ "$verb" = cap ]; then
    options='mint attenuate show'
  elif [ "$COMP_CWORD" = 2 ] && [ "$verb" = backup ]; then
    options='verify --data --help'
  elif [ "$COMP_CWORD" = 2 ] && [ "$verb" = demo ]; then
    options=chat
  elif [ "$COMP_CWORD" = 2 ] && [ "$verb" = bench ]; then
    options='stream fanout select latency churn snapshot durable idle mass-end --json --help'
  else
    case $verb in
      watch) options='--json --captures --ts --all --only-add --count --for --until-synced' ;;
      query) options='--json --captures --ts --all -e' ;;
      wait) options='--json --captures --ts --all --gone --timeout' ;;
      publish) options='--json --bare --lease' ;;
      send) options='--json --bare' ;;
      put)
        options='--json --bare --item --slot --require --absent --timeout --accepted --turn-id'
        ;;
      drop) options='--json --bare --slot --require --absent --timeout --accepted --turn-id' ;;
      take) options='--json --captures --timeout --ack' ;;
      status) options=--json ;;
      bench)
        options='--size --connections --facts --batch --pack --window --rate --count --for
          --patience --yes-load-that-server --json'
        ;;
      serve)
        options='--listen --tcp --unix --data --memory --relaxed --open --key-file --host-name
          --origin --config'
        ;;
      backup) options=--data ;;
      restore) options='--data --dry-run' ;;
      demo) options=--pace ;;
      cap) options='--space --key-file' ;;
    esac
    case $verb in
      watch | query | wait | publish | send | put | drop | take | export | import | raw | status |\
        bench)
        options+=' --url --cap --space'
        ;;
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
