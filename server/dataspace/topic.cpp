#include "server/dataspace/topic.hpp"

#include <string>
#include <utility>

namespace avow::server {

Result<void> Topics::check(const Outline& outline, std::uint32_t shapes_max) const {
  const std::uint32_t label = labels_.find(outline.label_name());
  const LabelShapes* const shapes = label != 0 ? labels_[label].shapes.get() : nullptr;
  const std::size_t count = shapes != nullptr ? shapes->in_order.size() : 0;
  if (count < shapes_max || find_shape(outline) != 0) return {};
  return Error{"limit", "The label of this pattern has " + std::to_string(shapes_max) +
                            " shapes already; use constants at the same places as others do."};
}

std::uint32_t Topics::find_shape(const Outline& outline) const {
  const std::uint32_t label = labels_.find(outline.label_name());
  if (label == 0 || labels_[label].shapes == nullptr) return 0;
  const std::map<Bytes, std::uint32_t, BytesLess>& by_key = labels_[label].shapes->by_key;
  const auto found = by_key.find(outline.shape_key());
  return found != by_key.end() ? found->second : 0;
}

std::uint32_t Topics::find(const Outline& outline) const {
  const std::uint32_t shape = find_shape(outline);
  const auto form = forms_by_key_.find(outline.captures_key());
  if (shape == 0 || form == forms_by_key_.end()) return 0;
  const Bytes constants = outline.constants_bytes();
  const std::uint64_t hash = shapes_[shape].hash_of(constants, keyed_);
  std::uint32_t topic = find_first(hash, shape, constants);
  while (topic != 0 && topics_[topic].form != form->second) topic = topics_[topic].next;
  return topic;
}

std::uint32_t Topics::find_first(std::uint64_t hash, std::uint32_t shape,
                                 ByteView constants) const {
  return table_.find(hash, [&](std::uint32_t candidate) {
    const Topic& topic = topics_[candidate];
    return topic.shape == shape && equal(topic.constants.view(), constants);
  });
}

std::uint32_t Topics::find_first(std::uint64_t hash, std::uint32_t guess, std::uint32_t shape,
                                 const Slice* row) const {
  const auto is_it = [&](std::uint32_t candidate) {
    const Topic& topic = topics_[candidate];
    return topic.shape == shape && shapes_[shape].has_constants(row, topic.constants.view());
  };
  return is_it(guess) ? guess : table_.find(hash, is_it);
}

std::uint64_t Topics::hash_of(const Topic& topic) const {
  return shapes_[topic.shape].hash_of(topic.constants.view(), keyed_);
}

std::uint32_t Topics::guess(std::uint64_t hash) const {
  const std::uint32_t guess = table_.guess(hash);
  if (guess != 0) prefetch(topics_[guess]);
  return guess;
}

std::uint32_t Topics::add(const Outline& outline, TopicId id) {
  const std::uint32_t number = topics_.add();
  Topic& topic = topics_[number];
  topic.id = id;
  topic.shape = find_or_add_shape(outline);
  topic.form = find_or_add_form(outline);
  topic.constants = SmallBytes(outline.constants_bytes());

  const std::uint64_t hash = hash_of(topic);
  std::uint32_t last = find_first(hash, topic.shape, topic.constants.view());
  if (last == 0) {
    table_.insert(hash, number);
  } else {
    while (topics_[last].next != 0) last = topics_[last].next;
    topics_[last].next = number;
  }
  return number;
}

void Topics::close(std::uint32_t number) {
  Topic& topic = topics_[number];
  const std::uint64_t hash = hash_of(topic);
  std::uint32_t before = find_first(hash, topic.shape, topic.constants.view());
  if (before != number) {
    while (topics_[before].next != number) before = topics_[before].next;
    topics_[before].next = topic.next;
  } else if (topic.next != 0) {
    table_.replace(hash, number, topic.next);
  } else {
    table_.erase(hash, number);
  }
  topic.id = TopicId{};
}

void Topics::remove(std::uint32_t number) {
  const Topic& topic = topics_[number];
  release_shape(topic.shape);
  release_form(topic.form);
  topics_.remove(number);
}

std::uint32_t Topics::find_or_add_shape(const Outline& outline) {
  const std::uint32_t number = labels_.find_or_add(outline.label_name());
  Label& label = labels_[number];
  if (label.shapes == nullptr) label.shapes = std::make_unique<LabelShapes>();
  auto [entry, is_new] = label.shapes->by_key.try_emplace(outline.shape_key());
  if (is_new) {
    entry->second = shapes_.add();
    shapes_[entry->second] = Shape(outline, ++shapes_made_, label.shapes->tree);
    shapes_[entry->second].label = number;
    label.shapes->in_order.push_back(entry->second);
  }
  ++shapes_[entry->second].topic_count;
  return entry->second;
}

void Topics::release_shape(std::uint32_t number) {
  Shape& shape = shapes_[number];
  if (--shape.topic_count != 0) return;
  Label& label = labels_[shape.label];
  shape.release(label.shapes->tree);
  label.shapes->by_key.erase(shape.key);
  std::erase(label.shapes->in_order, number);
  if (label.shapes->in_order.empty()) label.shapes.reset();
  labels_.drop_if_unused(shape.label);
  shapes_.remove(number);
}

std::uint32_t Topics::find_or_add_form(const Outline& outline) {
  auto [entry, is_new] = forms_by_key_.try_emplace(outline.captures_key());
  if (is_new) {
    entry->second = forms_.add();
    forms_[entry->second] = CaptureForm(outline);
  }
  ++forms_[entry->second].topic_count;
  return entry->second;
}

void Topics::release_form(std::uint32_t number) {
  if (--forms_[number].topic_count != 0) return;
  forms_by_key_.erase(forms_[number].key);
  forms_.remove(number);
}

}  // namespace avow::server
