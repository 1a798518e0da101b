// Implements detections_device.h: finds candidates in any order, sorts them, then runs greedy NMS for both possible limits.
// SPDX-License-Identifier: MIT
#include "device/elements.h"
#include "postprocess/detections_device.h"
#include "postprocess/sort_key.h"

#include <cassert>

namespace pose {
namespace {

constexpr int kThreads = 256, kWarps = kThreads / 32;
constexpr int kPasses = 2; // NMS runs with the normal limit and with the limit for crowds

// Scratch memory and result of one call.
struct Lists {
  int images, capacity;
  SortKey* keys;    // [images][capacity]: candidates, unordered
  Detection* boxes; // [images][capacity]: sorted
  int* kept;        // [passes][images][capacity]: indices into `boxes`
  int* kept_count;  // [passes][images]
  int* found;       // [images]
  ListHead* heads;
  std::byte* entries;

  __device__ int candidates(int image) const { return found[image] <= capacity ? found[image] : 0; }
};

// Carves the arrays out of memory at `scratch`, widest first.  Returns the number of bytes used.
std::int64_t carve(Lists& l, std::byte* scratch) {
  const std::int64_t n = std::int64_t(l.images) * l.capacity;
  std::int64_t bytes = 0;
  const auto take = [&]<class T>(T*& array, std::int64_t count) {
    array = reinterpret_cast<T*>(scratch + bytes);
    bytes += count * std::int64_t(sizeof(T));
  };
  take(l.keys, n);
  take(l.boxes, n);
  take(l.kept, kPasses * n);
  take(l.kept_count, kPasses * l.images);
  take(l.found, l.images);
  return bytes;
}

Lists lists_in(std::byte* scratch, std::byte* result, int images, int capacity) {
  Lists l{};
  l.images = images;
  l.capacity = capacity;
  l.heads = reinterpret_cast<ListHead*>(result);
  l.entries = result + std::size_t(images) * sizeof(ListHead);
  carve(l, scratch);
  return l;
}

struct Row {
  const float* data;
  int attributes;
};
__device__ __forceinline__ Row row_of(const DeviceHeads& heads, int image, int number) {
  int head = 0;
  while (number >= heads.count[head]) number -= heads.count[head++];
  const int attributes = heads.attributes[head];
  return {heads.rows[head] + (std::int64_t(image) * heads.count[head] + number) * attributes, attributes};
}

// Same as corners() and iou() of detections.cpp.
__device__ __forceinline__ Box corners(const float* row) {
  const float half_w = __fmul_rn(row[2], 0.5f), half_h = __fmul_rn(row[3], 0.5f);
  return {row[0] - half_w, row[1] - half_h, row[0] + half_w, row[1] + half_h};
}
__device__ __forceinline__ float less(float a, float b) { // as std::min: fminf treats NaN differently
  return b < a ? b : a;
}
__device__ __forceinline__ float more(float a, float b) {
  return a < b ? b : a;
}
__device__ __forceinline__ float iou(const Box& a, const Box& b) {
  const float w = more(less(a.x2, b.x2) - more(a.x1, b.x1) + 1, 0);
  const float h = more(less(a.y2, b.y2) - more(a.y1, b.y1) + 1, 0);
  const float inter = __fmul_rn(w, h);
  const float area_a = __fmul_rn(a.x2 - a.x1 + 1, a.y2 - a.y1 + 1);
  const float area_b = __fmul_rn(b.x2 - b.x1 + 1, b.y2 - b.y1 + 1);
  return __fdiv_rn(inter, area_a + area_b - inter);
}

__global__ void clear_kernel(Lists lists) {
  for (int i = int(threadIdx.x); i < lists.images; i += kThreads) lists.found[i] = 0;
}

// is_person and not has_nan of detections.cpp.  The lanes of a warp share the classes.
__device__ __forceinline__ bool is_person(const Row& row, int cls) {
  const int at = YoloOutput::kFirstClass + cls;
  const float person = row.data[at];
  bool beaten = false;
  for (int i = YoloOutput::kFirstClass + int(threadIdx.x % 32); i < row.attributes; i += 32)
    beaten = beaten || row.data[i] > person || (i < at && row.data[i] == person);
  const bool wins = __ballot_sync(~0u, beaten) == 0;
  const Box b = corners(row.data);
  return wins && person != 0 && person == person && b.x1 == b.x1 && b.y1 == b.y1 && b.x2 == b.x2 && b.y2 == b.y2;
}

// Lists the candidates of image blockIdx.y, of class cls if they are people: keys order people by objectness, other rows by index.
template <bool kPeople> __global__ void find_kernel(DeviceHeads heads, float threshold, int cls, Lists lists) {
  const int image = int(blockIdx.y), lane = int(threadIdx.x) % 32;
  for (int first = int(blockIdx.x) * kThreads + int(threadIdx.x) - lane; first < heads.total; first += int(gridDim.x) * kThreads) {
    float objectness = 0;
    bool candidate = false;
    if (first + lane < heads.total) {
      objectness = row_of(heads, image, first + lane).data[YoloOutput::kObjectness];
      candidate = objectness > threshold;
    }
    if (kPeople) { // the rows above the threshold, one at a time
      for (unsigned left = __ballot_sync(~0u, candidate); left != 0; left &= left - 1) {
        const int of_lane = __ffs(int(left)) - 1;
        const bool person = is_person(row_of(heads, image, first + of_lane), cls);
        if (lane == of_lane) candidate = person;
      }
    }
    if (!candidate) continue;
    const int place = atomicAdd(&lists.found[image], 1);
    if (place < lists.capacity) lists.keys[std::int64_t(image) * lists.capacity + place] = sort_key(kPeople ? objectness : 0.0f, first + lane);
  }
}

// Each warp moves one candidate of image blockIdx.y to its sorted position: the number of larger keys.
template <bool kPeople> __global__ void sort_kernel(DeviceHeads heads, int cls, Lists lists) {
  const int image = int(blockIdx.y), lane = int(threadIdx.x) % 32, mine = int(blockIdx.x) * kWarps + int(threadIdx.x) / 32;
  const int n = lists.candidates(image);
  const std::int64_t first = std::int64_t(image) * lists.capacity;
  if (!kPeople && mine == 0 && lane == 0) lists.heads[image] = {lists.found[image], n};
  if (mine >= n) return;
  const SortKey key = lists.keys[first + mine];
  int place = 0;
  for (int i = lane; i < n; i += 32) place += lists.keys[first + i] > key;
  for (int step = 16; step > 0; step /= 2) place += __shfl_xor_sync(~0u, place, step);
  const Row row = row_of(heads, image, index_of(key));
  if (kPeople) {
    if (lane == 0)
      lists.boxes[first + place] = {image, corners(row.data), row.data[YoloOutput::kObjectness], row.data[YoloOutput::kFirstClass + cls]};
  } else {
    float* to = reinterpret_cast<float*>(lists.entries) + (first + place) * row.attributes;
    for (int i = lane; i < row.attributes; i += 32) to[i] = row.data[i];
  }
}

// Returns the first index >= `from` whose bit is set, or n.
__device__ __forceinline__ int next_alive(const unsigned* alive, int from, int n) {
  if (from >= n) return n;
  int word = from / 32;
  unsigned bits = alive[word] & ~0u << from % 32;
  while (bits == 0) {
    if (++word * 32 >= n) return n;
    bits = alive[word];
  }
  return word * 32 + __ffs(int(bits)) - 1;
}

// Greedy NMS of image blockIdx.x with the limit of pass blockIdx.y.  Both limits run at once, since the number of boxes kept decides which one is
// used.
__global__ void nms_kernel(Lists lists, float limit0, float limit1) {
  unsigned* alive = &simt::shared<unsigned>(); // one bit per box
  const int image = int(blockIdx.x), n = lists.candidates(image), list = int(blockIdx.y) * lists.images + image;
  const float limit = blockIdx.y == 0 ? limit0 : limit1;
  const Detection* boxes = lists.boxes + std::int64_t(image) * lists.capacity;
  for (int word = int(threadIdx.x); word * 32 < n; word += kThreads) alive[word] = n - word * 32 >= 32 ? ~0u : (1u << n % 32) - 1;
  int kept = 0;
  __syncthreads();
  for (int best = next_alive(alive, 0, n); best < n; best = next_alive(alive, best + 1, n)) {
    __syncthreads(); // all threads have read `best`
    if (threadIdx.x == 0) lists.kept[std::int64_t(list) * lists.capacity + kept] = best;
    kept++;
    const Box box = boxes[best].box;
    for (int first = best / 32 * 32; first < n; first += kThreads) { // each warp owns one word of bits
      const int i = first + int(threadIdx.x);
      const bool goes = best < i && i < n && (alive[i / 32] >> i % 32 & 1) != 0 && !(iou(box, boxes[i].box) < limit);
      const unsigned gone = __ballot_sync(~0u, goes);
      __syncwarp(); // all lanes have read the word
      if (threadIdx.x % 32 == 0 && gone != 0) alive[i / 32] &= ~gone;
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) lists.kept_count[list] = kept;
}

// Copies the people of image blockIdx.x that the applicable pass kept.
__global__ void choose_kernel(Lists lists) {
  const int image = int(blockIdx.x);
  std::size_t all = 0;
  for (int i = 0; i < lists.images; i++) all += std::size_t(lists.kept_count[i]);
  const int list = (all > kCrowd ? lists.images : 0) + image, n = lists.kept_count[list];
  const std::int64_t first = std::int64_t(image) * lists.capacity;
  if (threadIdx.x == 0) lists.heads[image] = {lists.found[image], n};
  Detection* people = reinterpret_cast<Detection*>(lists.entries) + first;
  for (int i = int(threadIdx.x); i < n; i += kThreads) people[i] = lists.boxes[first + lists.kept[std::int64_t(list) * lists.capacity + i]];
}

template <bool kPeople> void enqueue_sorted(const DeviceHeads& heads, float threshold, int cls, const Lists& lists, StreamHandle stream) {
  const unsigned images = unsigned(lists.images);
  simt::launch("clear_detections", clear_kernel, 1, kThreads, 0, stream, lists);
  simt::launch("find_detections", find_kernel<kPeople>, dim3(simt::blocks_for(heads.total, kThreads), images), kThreads, 0, stream, heads, threshold,
               cls, lists);
  simt::launch("sort_detections", sort_kernel<kPeople>, dim3(unsigned((lists.capacity + kWarps - 1) / kWarps), images), kThreads, 0, stream, heads,
               cls, lists);
}

} // namespace

std::int64_t list_scratch_bytes(int images, int capacity) {
  Lists l{};
  l.images = images;
  l.capacity = capacity;
  return carve(l, nullptr);
}

void enqueue_select_people(const DeviceHeads& heads, int images, const SelectOptions& options, int capacity, std::byte* scratch, std::byte* result,
                           StreamHandle stream) {
  assert(images > 0 && capacity > 0);
  const Lists lists = lists_in(scratch, result, images, capacity);
  enqueue_sorted<true>(heads, options.conf, options.person, lists, stream);
  const std::size_t bits = std::size_t((capacity + 31) / 32) * sizeof(unsigned);
  simt::launch("nms", nms_kernel, dim3(unsigned(images), kPasses), kThreads, bits, stream, lists, float(options.nms),
               float(options.nms - kCrowdStep));
  simt::launch("choose_detections", choose_kernel, unsigned(images), kThreads, 0, stream, lists);
}

void enqueue_likely_rows(const DeviceHeads& heads, int images, float thresh, int capacity, std::byte* scratch, std::byte* result,
                         StreamHandle stream) {
  assert(images > 0 && capacity > 0);
  for (int i = 1; i < heads.heads; i++) assert(heads.attributes[i] == heads.attributes[0]);
  enqueue_sorted<false>(heads, thresh, 0, lists_in(scratch, result, images, capacity), stream);
}

} // namespace pose
