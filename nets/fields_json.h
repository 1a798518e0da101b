// Conversion between JSON and any struct that lists its fields (nets/op_fields.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/op_fields.h"
#include "nets/strict_json.h"
#include "tensor/error.h"

#include <array>
#include <type_traits>

namespace pose {

// ---- Reading: all fields must be present, each of its type.  The object may have other members, which the caller reads.
template <class P> void read_fields(JsonObject& from, P& to);

template <class T, std::size_t N> void read_value(const nlohmann::json& value, const std::string& where, std::array<T, N>& out) {
  read_list(value, where, N, out.data());
}

template <class E>
requires std::is_enum_v<E>
void read_value(const nlohmann::json& value, const std::string& where, E& out) {
  std::string names;
  for (int i = 0; i < enum_count<E>; i++) {
    const std::string name = name_of(E(i));
    if (value == name) {
      out = E(i);
      return;
    }
    names += (i == 0 ? "" : ", ") + name;
  }
  fail_value(where, "one of " + names, value);
}

template <class P>
requires std::is_class_v<P>
void read_value(const nlohmann::json& value, const std::string& where, P& out) {
  JsonObject object(value, where);
  read_fields(object, out);
  object.finish();
}

template <class P, class M> void read_field(JsonObject& from, const Field<P, M>& f, P& to) {
  read_value(from[f.name], from.at(f.name), to.*f.member);
}

template <class P, class T, int N> void read_field(JsonObject& from, const ListField<P, T, N>& f, P& to) {
  const int count = to.*f.count;
  if (count > N) fail("{}: expected at most {} elements, found a count of {}", from.at(f.name), N, count);
  read_list(from[f.name], from.at(f.name), std::size_t(count), to.*f.member);
}

template <class P> void read_fields(JsonObject& from, P& to) {
  for_each_field<P>([&](const auto& f) { read_field(from, f, to); });
}

// ---- Writing: the reverse.  A float becomes the double of the same value.
template <class P> void write_fields(const P& from, nlohmann::ordered_json& to);

template <class T> nlohmann::ordered_json json_of(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return name_of(value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value;
  } else {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    write_fields(value, object);
    return object;
  }
}

template <class T, std::size_t N> nlohmann::ordered_json json_of(const std::array<T, N>& values) {
  return values;
}

template <class P, class M> void write_field(const P& from, const Field<P, M>& f, nlohmann::ordered_json& to) {
  to[f.name] = json_of(from.*f.member);
}

template <class P, class T, int N> void write_field(const P& from, const ListField<P, T, N>& f, nlohmann::ordered_json& to) {
  to[f.name] = std::vector<T>(from.*f.member, from.*f.member + from.*f.count);
}

template <class P> void write_fields(const P& from, nlohmann::ordered_json& to) {
  for_each_field<P>([&](const auto& f) { write_field(from, f, to); });
}

} // namespace pose
