#include "server/engine/gatekeeper.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "avow/capability/sturdy_reference.hpp"
#include "avow/model/builder.hpp"
#include "server/engine/admission.hpp"
#include "server/engine/turn_run.hpp"

namespace avow::server {
namespace {

constexpr std::size_t name_bytes_max = 1'024;

Error failed_validation(std::string sentence) {
  return {"sturdyref-failed-validation", std::move(sentence)};
}

/// The name of the space that an oid means, if it means one.
std::optional<std::string_view> space_name_of(ValueView oid) {
  if (oid.as_string() == "syndicate") return "main";
  if (!oid.is_record("space") || oid.element_count() != 1) return std::nullopt;
  const auto name = oid.element(0)->as_string();
  if (!name || name->empty() || name->size() > name_bytes_max) return std::nullopt;
  return name;
}

Value answer_to(const Result<Reference*>& resolved) {
  if (resolved) return record("ok", (*resolved)->id);
  return record("error", Value::symbol(resolved.error().code));
}

}  // namespace

Result<Reference*> Gatekeeper::resolve(ValueView step) {
  if (!step.is_record("ref")) {
    return Error{"unsupported",
                 "Only references of the form <ref {oid: … sig: …}> are known here."};
  }
  const Result<SturdyReference> parsed = SturdyReference::parse(step);
  if (!parsed) {
    if (parsed.error().code == "invalid-caveats") return failed_validation(parsed.error().detail);
    return parsed.error();
  }
  const auto name = space_name_of(parsed->oid);
  if (!name) {
    return Error{"unsupported",
                 "The reference names no space: its oid is neither \"syndicate\" nor <space "
                 "\"name\">."};
  }
  // After the oid, as elsewhere: which names could be spaces is no secret.
  if (!parsed->verify(key_)) {
    return failed_validation("The signature of the reference is not right under the server's key.");
  }
  const Result<Attenuation> caveats = Attenuation::parse(parsed->caveats);
  if (!caveats) return failed_validation(caveats.error().detail);
  return references_.attenuate(spaces_.resolve(*name, references_, subscriptions_),
                               parsed->caveats);
}

AssertionToken Gatekeeper::publish(TurnRun& run, const Admitted& assertion) {
  const ValueView request = assertion.body();
  if (!request.is_record("resolve")) return {};
  const auto step = request.element(0);
  const auto peer = request.element(1);
  if (!step || !peer || !peer->as_reference()) return {};
  Reference& asker = references_.at(*peer->as_reference());
  const EchoId echo = run.parts().echoes.publish(run, asker, answer_to(resolve(*step)));
  return AssertionToken{std::uint64_t{answers_.add(echo)} + 1};
}

void Gatekeeper::retract(TurnRun& run, AssertionToken token, Cause cause) {
  if (token == AssertionToken{}) return;
  const auto place = static_cast<std::uint32_t>(static_cast<std::uint64_t>(token) - 1);
  run.parts().echoes.retract(run, answers_.take(place), cause);
}

void Gatekeeper::sync(TurnRun& run, Reference& peer) { run.answer_sync(peer); }

}  // namespace avow::server
