// resize on vectors, one block of a pixel at a time.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

bool accepts(const Resize&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

// The places of the columns, which all rows share: for each, two offsets from the start of a row and two weights.  Offsets below 2^21 are exact
// floats.
constexpr int kPlaceFloats = 4;

std::int64_t scratch_floats(const Resize& op, const Maps&, int) {
  return std::int64_t(kPlaceFloats) * op.width;
}

void write_places(const Resize& op, int in_w, float* places) {
  for (int x = 0; x < op.width; x++, places += kPlaceFloats) {
    const Between at = resize_place(op.kind, op.scale_x, op.shift_x, x, in_w);
    places[0] = float(at.first * kLanes);
    places[1] = float(at.second * kLanes);
    places[2] = at.first_weight;
    places[3] = at.second_weight;
  }
}

void run(const Resize& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  write_places(op, in.shape.w, call.scratch);
  auto mean = [](V a, V b, V wa, V wb) { return fma(a, wa, mul(b, wb)); };
  auto row = [&](int n, int b, int y, int) {
    const Between at = resize_place(op.kind, op.scale_y, op.shift_y, y, in.shape.h);
    const float *upper = in.pixel_ptr(n, b, at.first, 0), *lower = in.pixel_ptr(n, b, at.second, 0);
    const float* place = call.scratch;
    float* to = out.pixel_ptr(n, b, y, 0);
    if (op.kind == ResizeKind::nearest) {
      for (int x = 0; x < out.shape.w; x++, place += kPlaceFloats, to += kLanes) store_block(to, load_block(upper + int(place[0])));
      return;
    }
    const V top = splat(at.first_weight), bottom = splat(at.second_weight);
    for (int x = 0; x < out.shape.w; x++, place += kPlaceFloats, to += kLanes) {
      const int first = int(place[0]), second = int(place[1]);
      const V left = broadcast(place + 2), right = broadcast(place + 3);
      auto across = [&](V a, V c) { return mean(a, c, left, right); };
      auto down = [&](V a, V c) { return mean(a, c, top, bottom); };
      const Block above = each(across, load_block(upper + first), load_block(upper + second));
      const Block below = each(across, load_block(lower + first), load_block(lower + second));
      store_block(to, each(down, above, below)); // padding lanes are zero, as those of x
    }
  };
  for_each_row(*call.pool, out.shape, row);
}
