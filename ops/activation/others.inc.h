// Activations that only the activation op computes, on vectors.
// SPDX-License-Identifier: MIT
//
// Generic over the vector type V.  A file for one target includes it as text inside that target's anonymous namespace.

POSE_INLINE V floor(V x) {
  const V r = round(x);
  return where_negative(sub(x, r), sub(r, splat(1.0f)), r);
}

// Returns 2 / (1 + e^-x) - 1.  Near 0 the error is that of a number near 1.
POSE_INLINE V loggy(V x) {
  return fma(splat(2.0f), logistic(x), splat(-1.0f));
}

POSE_INLINE V gelu(V x) {
  const V bounded = max(splat(-1e6f), x); // at minus infinity the product would be NaN
  const V inner = mul(bounded, fma(mul(bounded, bounded), splat(0.035677f), splat(0.797885f)));
  return mul(bounded, logistic(add(inner, inner)));
}

// From 2^24 on all numbers are integers, so the limits do not change which ones are odd.
POSE_INLINE V stair(V x) {
  const V limit = splat(0x1p25f), bounded = min(limit, max(sub(zero(), limit), x));
  const V n = floor(bounded), half = floor(mul(bounded, splat(0.5f)));
  const V even_is_negative = sub(sub(n, add(half, half)), splat(0.5f));
  return add(floor(mul(x, splat(0.5f))), where_negative(even_is_negative, zero(), sub(bounded, n)));
}

POSE_INLINE V hard_sigmoid(V slope, V x) {
  return min(splat(1.0f), max(zero(), fma(slope, x, splat(0.5f))));
}

// Returns erfc(z) for z >= 0 with a relative error of 1.2e-7 and that of the exponential's argument: erfcc() of "Numerical Recipes in C",
// Press et al., 2nd edition, section 6.2, a Chebyshev fit.
POSE_INLINE V erfc(V z) {
  constexpr float kFit[] = {-0.82215223f, 1.48851587f, -1.13520398f, 0.27886807f, -0.18628806f, 0.09678418f, 0.37409196f, 1.00002368f, -1.26551223f};
  const V t = div(splat(1.0f), fma(splat(0.5f), z, splat(1.0f)));
  V p = splat(0.17087277f);
  for (float c : kFit) p = fma(p, t, splat(c));
  return mul(t, exp(fma(sub(zero(), z), z, p)));
}

POSE_INLINE V erf(V x) {
  const V tail = erfc(sub(zero(), minus_abs(x)));
  return where_negative(x, sub(tail, splat(1.0f)), sub(splat(1.0f), tail));
}

POSE_INLINE V gelu_erf(V x) {
  const V bounded = max(splat(-1e6f), x); // at minus infinity the product would be NaN
  const V half = mul(splat(0.5f), erfc(mul(minus_abs(x), splat(-0.707106781f))));
  return mul(bounded, where_negative(x, half, sub(splat(1.0f), half)));
}

POSE_INLINE V apply_other(ActKind kind, V slope_of_act, V x) {
  constexpr float kSelu = 1.0507f, kSeluBelow = 1.0507f * 1.6732f;
  const V one = splat(1.0f);
  switch (kind) {
    case ActKind::tanh: return loggy(add(x, x));
    case ActKind::loggy: return loggy(x);
    case ActKind::elu: return where_negative(x, sub(exp(x), one), x);
    case ActKind::selu: return where_negative(x, mul(splat(kSeluBelow), sub(exp(x), one)), mul(splat(kSelu), x));
    case ActKind::gelu: return gelu(x);
    case ActKind::ramp: return mul(x, where_negative(x, splat(0.1f), splat(1.1f)));
    case ActKind::hard_mish: {
      const V bounded = max(splat(-2.0f), x);
      return where_negative(x, mul(bounded, fma(bounded, splat(0.5f), one)), x);
    }
    case ActKind::hardtan: return min(one, max(splat(-1.0f), x));
    case ActKind::lhtan: {
      const V above = sub(x, one), slope = splat(0.001f);
      return where_negative(x, mul(slope, x), where_negative(above, x, fma(slope, above, one)));
    }
    case ActKind::plse: {
      const V four = splat(4.0f), above = sub(four, x), below = add(x, four), slope = splat(0.01f);
      const V middle = fma(splat(0.125f), x, splat(0.5f));
      return where_negative(below, mul(slope, below), where_negative(above, fma(slope, sub(x, four), one), middle));
    }
    case ActKind::stair: return stair(x);
    case ActKind::hard_sigmoid: return hard_sigmoid(slope_of_act, x);
    case ActKind::hard_swish: {
      const V bounded = max(div(splat(-0.5f), slope_of_act), x); // below, the result is 0
      return mul(bounded, hard_sigmoid(slope_of_act, bounded));
    }
    case ActKind::gelu_erf: return gelu_erf(x);
    case ActKind::erf: return erf(x);
    case ActKind::exp: return exp(x);
    case ActKind::sqrt: return sqrt(x);
    default: return x;
  }
}
