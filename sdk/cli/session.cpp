#include "cli/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "avow/asio.hpp"
#include "cli/exit_status.hpp"

namespace avow::cli {
namespace {

Options client_options(const Target& target, WhenLost when_lost) {
  Options options;
  options.url = target.url;
  if (!target.reference.empty()) options.token = target.reference;
  options.space = target.space;
  options.when_lost = when_lost;
  options.on_error = [](const Error& error) { complain(error.detail); };
  return options;
}

std::string without_full_stop(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string sentence(const Error& error, const Target& target) {
  if (error.code != "no-server") return error.detail;
  std::string said = without_full_stop(error.detail);
  if (said.find(target.url) == std::string::npos) said += " (" + target.url + ")";
  return said + "; start a server with: avow serve";
}

Error error_of(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const Failure& failure) {
    return failure.error();
  } catch (const std::exception& other) {
    return {"internal", other.what()};
  }
}

// Holds the client, which must not outlive the loop.
struct Connected {
  std::optional<Dataspace> client;
  std::optional<Session> session;
};

boost::asio::awaitable<void> connect_into(std::optional<Dataspace>& client, Options options) {
  client.emplace(co_await connect(std::move(options)));
}

// Says when the link is lost and back; a link that has ended ends the command.
void tell_of_link(Session& session) {
  session.client()
      .on_link([&session, was_lost = false](const LinkState& state) mutable {
        if (session.finishing()) return;
        switch (state.phase) {
          case LinkState::Phase::lost:
            if (!was_lost)
              complain("the link is lost (" + without_full_stop(state.why.detail) +
                       "); trying again");
            was_lost = true;
            break;
          case LinkState::Phase::up:
            if (was_lost) complain("the link is back");
            was_lost = false;
            break;
          case LinkState::Phase::ended:
            session.fail(state.why);
            break;
          case LinkState::Phase::connecting:
            break;
        }
      })
      .hold();
}

}  // namespace

void Session::print(std::string_view line) {
  if (finishing_) return;
  if (!output_.line(line)) finish(status_interrupted + SIGPIPE);
}

void Session::finish(int status) {
  if (std::exchange(finishing_, true)) return;
  client_.close([&loop = loop_, status] { loop.end(status); });
}

void Session::fail(const Error& error) {
  if (finishing_) return;
  complain(error.detail);
  finish(status_of(error));
}

void Session::interrupted(int signal) {
  if (on_interrupt_) return on_interrupt_(signal);
  finish(status_interrupted + signal);
}

int with_session(const Target& target, WhenLost when_lost,
                 const std::function<void(Session&)>& begin) {
  Loop loop;
  Output output;
  Connected connected;
  loop.on_interrupt([&](int signal) {
    if (connected.session) return connected.session->interrupted(signal);
    loop.end(status_interrupted + signal);
  });
  loop.on_reader_gone([&] {
    if (connected.session) connected.session->finish(status_interrupted + SIGPIPE);
  });
  boost::asio::co_spawn(loop.context(),
                        connect_into(connected.client, client_options(target, when_lost)),
                        [&](const std::exception_ptr& problem) {
                          if (problem) {
                            const Error error = error_of(problem);
                            complain(sentence(error, target));
                            return loop.end(status_of(error));
                          }
                          connected.session.emplace(loop, output, *connected.client);
                          tell_of_link(*connected.session);
                          begin(*connected.session);
                        });
  return loop.run();
}

}  // namespace avow::cli
