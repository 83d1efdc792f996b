#include "avow/model/delivery_options.hpp"

#include <utility>

#include "avow/base/epoch.hpp"

namespace avow {

namespace {

template <class Option>
Result<void> put(std::optional<Option>& to, Result<Option> read) {
  AVOW_TRY(to, std::move(read));
  return {};
}

}  // namespace

std::optional<std::string_view> option_word(ValueView value) {
  const std::optional<std::string_view> symbol = value.as_symbol();
  return symbol ? symbol : value.as_string();
}

std::optional<Result<void>> DeliveryReader::take(std::string_view name, ValueView value) {
  if (name == "epoch") return take_epoch(value);
  if (name == "else") return take_else(value);
  if (name == "progress") return take_progress(value);
  if (name == "policy") return put(options_.policy, read_slow_policy(value));
  if (name == "credit") return put(options_.credit, read_delivery_credit(value));
  if (name == "conflate") return take_conflation(value);
  if (name != "from") return std::nullopt;
  from_ = value.as_uint64();
  if (from_) return Result<void>();
  return Result<void>(Error{"bad-option", "The option `from` is a revision of the space."});
}

Result<void> DeliveryReader::take_epoch(ValueView value) {
  const std::optional<std::string_view> text = value.as_string();
  epoch_ = text ? epoch_in(*text) : std::nullopt;
  if (epoch_) return {};
  return Error{
      "bad-option",
      "The option `epoch` is a string of 16 hexadecimal digits, as the server tells them."};
}

Result<void> DeliveryReader::take_else(ValueView value) {
  or_resync_ = option_word(value) == "resync";
  if (or_resync_) return {};
  return Error{"bad-option", "The option `else` is `resync`, or is left out."};
}

Result<void> DeliveryReader::take_progress(ValueView value) {
  const std::optional<std::uint64_t> ms = value.as_uint64();
  if (ms && *ms >= progress_ms_min && *ms <= progress_ms_max) {
    options_.progress_ms = *ms;
    return {};
  }
  return Error{"bad-option",
               "The option `progress` is a number of milliseconds, from 100 to 86400000."};
}

Result<void> DeliveryReader::take_conflation(ValueView value) {
  AVOW_TRY(options_.conflation, read_conflation(value));
  return {};
}

Result<DeliveryOptions> DeliveryReader::finish() const {
  DeliveryOptions options = options_;
  if (from_.has_value() != epoch_.has_value()) {
    return Error{"bad-option",
                 "The options `from` and `epoch` go together: a revision is one of an epoch."};
  }
  if (or_resync_ && !from_) {
    return Error{"bad-option",
                 "The option `else` goes with `from`: without it all is told anyway."};
  }
  if (from_) options.resume = ResumePoint{*from_, *epoch_, or_resync_};
  return options;
}

void add_delivery_options(Builder& options, const DeliveryOptions& delivery) {
  if (delivery.progress_ms != 0) options.symbol("progress").integer(delivery.progress_ms);
  if (delivery.policy) options.symbol("policy").symbol(name_of(*delivery.policy));
  if (delivery.credit) add_delivery_credit(options, *delivery.credit);
  if (delivery.conflation.is_wanted()) add_conflation(options, delivery.conflation);
  if (!delivery.resume) return;
  options.symbol("from").integer(delivery.resume->revision);
  options.symbol("epoch").string(epoch_text(delivery.resume->epoch));
  if (delivery.resume->or_resync) options.symbol("else").symbol("resync");
}

}  // namespace avow
