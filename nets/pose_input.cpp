// Implements pose_input_json.h.  The first three fields must be there, the others may be left out.
// SPDX-License-Identifier: MIT
#include "nets/pose_input_json.h"

#include "nets/fields_json.h"

namespace pose {

template <> inline constexpr int enum_count<PoseCrop> = int(PoseCrop::aligned) + 1;
template <> inline constexpr int enum_count<PoseDecode> = int(PoseDecode::landmarks) + 1;

// Not in the unnamed namespace: the templates of fields_json.h would not find them there.
static const char* name_of(PoseCrop crop) {
  constexpr const char* kNames[] = {"box", "centered", "aligned"};
  return kNames[int(crop)];
}

static const char* name_of(PoseDecode decode) {
  constexpr const char* kNames[] = {"peaks", "maxima", "integral", "mixed", "simcc", "landmarks"};
  return kNames[int(decode)];
}

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::vector<std::array<int, 2>> read_pairs(const json& value, const std::string& where) {
  if (!value.is_array()) fail_value(where, "a list of pairs", value);
  std::vector<std::array<int, 2>> pairs(value.size());
  for (std::size_t i = 0; i < pairs.size(); i++) read_list(value[i], fmt::format("{}[{}]", where, i), 2, pairs[i].data());
  return pairs;
}

KeypointInfo read_keypoints(const json& value, const std::string& where, int joints) {
  KeypointInfo info;
  if (value.is_string()) {
    read_value(value, where, info.set);
    return info;
  }
  JsonObject from(value, where);
  read_value(from["name"], from.at("name"), info.set);
  read_value(from["names"], from.at("names"), info.names);
  info.pairs = read_pairs(from["pairs"], from.at("pairs"));
  info.limbs = read_pairs(from["limbs"], from.at("limbs"));
  const json& sigmas = from["sigmas"];
  if (!sigmas.is_array()) fail_value(from.at("sigmas"), "a list of numbers", sigmas);
  info.sigmas.resize(sigmas.size());
  read_list(sigmas, from.at("sigmas"), sigmas.size(), info.sigmas.data());
  from.finish();
  if (int(info.names.size()) != joints) fail("{}: expected {} elements, as `joints` says, found {}", from.at("names"), joints, info.names.size());
  return info;
}

ordered_json json_of_keypoints(const KeypointInfo& info) {
  if (info.names.empty()) return info.set;
  ordered_json to;
  to["name"] = info.set;
  to["names"] = info.names;
  to["pairs"] = info.pairs;
  to["limbs"] = info.limbs;
  to["sigmas"] = info.sigmas;
  return to;
}

} // namespace

PoseInput read_pose(const json& value, const std::string& where, int channels) {
  JsonObject from(value, where);
  PoseInput pose;
  read_value(from["mean"], from.at("mean"), pose.mean);
  read_value(from["std"], from.at("std"), pose.std);
  read_value(from["joints"], from.at("joints"), pose.joints);
  for (float s : pose.std) {
    if (!(s > 0)) fail("{}: std: expected numbers above 0, found {}", where, s);
  }
  if (pose.joints < 1 || pose.joints > channels)
    fail("{}: joints: expected 1 to {}, the channels of the output, found {}", where, channels, pose.joints);
  if (from.has("keypoints")) pose.keypoints = read_keypoints(from["keypoints"], from.at("keypoints"), pose.joints);
  if (from.has("crop")) read_value(from["crop"], from.at("crop"), pose.crop);
  if (from.has("decode")) read_value(from["decode"], from.at("decode"), pose.decode);
  from.finish();
  return pose;
}

PoseInput parse_pose_json(const std::string& text, const std::string& where, int channels) {
  return read_pose(parse_strict_json(text, where), where, channels);
}

ordered_json json_of_pose(const PoseInput& pose) {
  const PoseInput usual;
  ordered_json to;
  to["mean"] = pose.mean;
  to["std"] = pose.std;
  to["joints"] = pose.joints;
  if (pose.keypoints != usual.keypoints) to["keypoints"] = json_of_keypoints(pose.keypoints);
  if (pose.crop != usual.crop) to["crop"] = name_of(pose.crop);
  if (pose.decode != usual.decode) to["decode"] = name_of(pose.decode);
  return to;
}

} // namespace pose
