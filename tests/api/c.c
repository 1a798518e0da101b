/* Tests the C interface, in C: statuses, messages, untouched outputs. */
/* SPDX-License-Identifier: MIT */
#include <alphapose/c.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int g_failures = 0;

static void check(int right, const char* what, int line) {
  if (right) return;
  fprintf(stderr, "c.c:%d: %s (last error: %s)\n", line, what, alphapose_last_error());
  g_failures++;
}
#define CHECK(condition) check(condition, #condition, __LINE__)

static void check_pose(void) {
  alphapose_pose_options options;
  alphapose_pose *pose = NULL, *other = NULL;
  alphapose_person person;
  uint8_t pixels[40 * 30 * 3];
  alphapose_image image = {pixels, 40, 30, 0, ALPHAPOSE_BGR}, bad;
  size_t found = 99, i;
  for (i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37);
  alphapose_pose_options_init(&options);
  alphapose_pose_options_init(NULL);
  options.detector = "yolov3-tiny@random";
  options.network = "pose-nano";
  options.device = "cpu";
  options.threads = 1;
  options.input_size = 96;
  CHECK(alphapose_pose_create(&options, &pose) == ALPHAPOSE_OK);
  CHECK(alphapose_pose_create(&options, NULL) == ALPHAPOSE_INPUT_ERROR);
  CHECK(strstr(alphapose_last_error(), "null") != NULL);
  CHECK(alphapose_pose_run(pose, &image, &person, 1, &found) == ALPHAPOSE_OK);
  CHECK(found != 99);
  CHECK(alphapose_pose_run(pose, &image, NULL, 0, &found) == ALPHAPOSE_OK);
  found = 99;
  CHECK(alphapose_pose_run(NULL, &image, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_pose_run(pose, NULL, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_pose_run(pose, &image, NULL, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_pose_run(pose, &image, &person, 1, NULL) == ALPHAPOSE_INPUT_ERROR);
  bad = image, bad.data = NULL;
  CHECK(alphapose_pose_run(pose, &bad, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  bad = image, bad.stride = 89;
  CHECK(alphapose_pose_run(pose, &bad, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  bad = image, bad.width = (int64_t)1 << 31;
  CHECK(alphapose_pose_run(pose, &bad, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  bad = image, bad.format = 5;
  CHECK(alphapose_pose_run(pose, &bad, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(found == 99);
  options.size = 3;
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_INPUT_ERROR);
  options.size = sizeof options + 8; /* of a later library */
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_INPUT_ERROR);
  alphapose_pose_options_init(&options);
  options.detector = "no-such-model";
  options.device = "cpu";
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_MODEL_ERROR);
  options.detector = "yolov3-tiny";
  options.detector_weights = "no-such.weights";
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_MODEL_ERROR && strstr(alphapose_last_error(), "no-such.weights") != NULL);
  options.size = offsetof(alphapose_pose_options, detector_weights); /* of the first release, which did not have the field */
  options.detector = "yolov3-tiny@random";
  options.network = "no-such-model";
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_MODEL_ERROR && strstr(alphapose_last_error(), "no-such-model") != NULL);
  options.device = "cuda:99";
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_DEVICE_ERROR);
  options.device = "gpu";
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_INPUT_ERROR);
  options.device = "cpu";
  options.precision = "int4";
  CHECK(alphapose_pose_create(&options, &other) == ALPHAPOSE_INPUT_ERROR);
  CHECK(other == NULL);
  alphapose_pose_destroy(pose);
  alphapose_pose_destroy(NULL);
}

static void check_tracker(void) {
  alphapose_pose_options pose;
  alphapose_tracker_options options, small;
  alphapose_tracker *tracker = NULL, *other = NULL;
  alphapose_tracked_person person;
  uint8_t pixels[40 * 30 * 3];
  alphapose_image image = {pixels, 40, 30, 0, ALPHAPOSE_BGR}, bad;
  size_t found = 99, i;
  for (i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37);
  alphapose_tracker_options_init(&options);
  alphapose_tracker_options_init_sized(NULL, sizeof options);
  CHECK(options.size == sizeof options && options.pose == NULL && options.detect_every == 1 && options.smooth == 0 && options.frame_rate == 25);
  memset(&small, 0xAB, sizeof small);
  alphapose_tracker_options_init_sized(&small, offsetof(alphapose_tracker_options, frame_rate));
  CHECK(small.size == offsetof(alphapose_tracker_options, frame_rate) && ((unsigned char*)&small.frame_rate)[0] == 0xAB);
  CHECK(alphapose_tracker_create(&small, &other) == ALPHAPOSE_INPUT_ERROR);
  alphapose_pose_options_init(&pose);
  pose.detector = "yolov3-tiny@random", pose.network = "pose-nano", pose.device = "cpu", pose.threads = 1, pose.input_size = 96;
  options.pose = &pose;
  options.detect_every = 2;
  CHECK(alphapose_tracker_create(&options, &tracker) == ALPHAPOSE_OK);
  CHECK(alphapose_tracker_create(&options, NULL) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_tracker_run(tracker, &image, 0, &person, 1, &found) == ALPHAPOSE_OK && found != 99);
  CHECK(alphapose_tracker_run(tracker, &image, 0.04, NULL, 0, &found) == ALPHAPOSE_OK);
  found = 99;
  CHECK(alphapose_tracker_run(tracker, &image, 0.04, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR); /* the same time again */
  CHECK(alphapose_tracker_run(NULL, &image, 1, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_tracker_run(tracker, NULL, 1, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_tracker_run(tracker, &image, 1, NULL, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_tracker_run(tracker, &image, 1, &person, 1, NULL) == ALPHAPOSE_INPUT_ERROR);
  bad = image, bad.data = NULL;
  CHECK(alphapose_tracker_run(tracker, &bad, 1, &person, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(found == 99);
  options.detect_every = -1;
  CHECK(alphapose_tracker_create(&options, &other) == ALPHAPOSE_INPUT_ERROR);
  options.detect_every = 1, pose.size = 3;
  CHECK(alphapose_tracker_create(&options, &other) == ALPHAPOSE_INPUT_ERROR);
  CHECK(other == NULL);
  alphapose_tracker_destroy(tracker);
  alphapose_tracker_destroy(NULL);
}

/* Programs of an earlier release have smaller structures: nothing after their end is written or read. */
static void check_sizes(void) {
  union {
    alphapose_pose_options options;
    unsigned char bytes[sizeof(alphapose_pose_options)];
  } pose;
  union {
    alphapose_net_options options;
    unsigned char bytes[sizeof(alphapose_net_options)];
  } net;
  const size_t nms = offsetof(alphapose_pose_options, nms), batch = offsetof(alphapose_net_options, batch);
  size_t i;
  int untouched = 1;
  memset(&pose, 0xAB, sizeof pose);
  alphapose_pose_options_init_sized(&pose.options, nms);
  CHECK(pose.options.size == nms && pose.options.detector == NULL && pose.options.input_size == 608 && pose.options.confidence == -1);
  for (i = nms; i < sizeof pose; i++) untouched = untouched && pose.bytes[i] == 0xAB;
  memset(&net, 0xAB, sizeof net);
  alphapose_net_options_init_sized(&net.options, batch);
  CHECK(net.options.size == batch && net.options.model == NULL && net.options.threads == 0);
  for (i = batch; i < sizeof net; i++) untouched = untouched && net.bytes[i] == 0xAB;
  CHECK(untouched);
  alphapose_pose_options_init(&pose.options);
  CHECK(pose.options.size == sizeof pose.options && pose.options.nms == 0.6 && pose.options.flip == 0);
  alphapose_net_options_init(&net.options);
  CHECK(net.options.size == sizeof net.options && net.options.batch == 1 && net.options.precision == NULL);
  alphapose_pose_options_init_sized(NULL, sizeof pose);
  alphapose_net_options_init_sized(NULL, sizeof net);
}

static void check_heads(void) {
  alphapose_net_options options;
  alphapose_net* net = NULL;
  int64_t sides[3] = {0, 0, 0};
  size_t count = 0, dimensions = 0, floats = 0;
  alphapose_net_options_init(&options);
  options.model = "yolov3-tiny@random";
  options.device = "cpu";
  options.input_size = 64;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_OK);
  CHECK(alphapose_net_output_count(net, &count) == ALPHAPOSE_OK && count == 2);
  CHECK(alphapose_net_output_shape(net, 0, sides, &dimensions) == ALPHAPOSE_OK);
  CHECK(dimensions == 2 && sides[0] == 12 && sides[1] == 85 && sides[2] == 1);
  CHECK(alphapose_net_output_floats(net, 0, &floats) == ALPHAPOSE_OK && floats == 12 * 85);
  alphapose_net_destroy(net);
}

static void check_net(void) {
  alphapose_net_options options;
  alphapose_net* net = NULL;
  int shape[3] = {0, 0, 0};
  int64_t sides[3] = {0, 0, 0};
  size_t count = 0, dimensions = 0, floats = 0, inputs;
  float *x, *y;
  alphapose_net_options_init(&options);
  options.model = "pose-nano";
  options.device = "cpu";
  options.precision = "fp32";
  options.threads = 1;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_OK);
  CHECK(alphapose_net_input_shape(net, shape) == ALPHAPOSE_OK && shape[0] == 3);
  CHECK(alphapose_net_output_count(net, &count) == ALPHAPOSE_OK && count == 1);
  CHECK(alphapose_net_output_floats(net, 0, &floats) == ALPHAPOSE_OK && floats > 0);
  CHECK(alphapose_net_output_floats(net, 1, &floats) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_output_shape(net, 0, sides, &dimensions) == ALPHAPOSE_OK);
  CHECK(dimensions == 3 && sides[0] == ALPHAPOSE_KEYPOINTS && (size_t)(sides[0] * sides[1] * sides[2]) == floats);
  dimensions = 9;
  CHECK(alphapose_net_output_shape(net, 1, sides, &dimensions) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_output_shape(net, 0, NULL, &dimensions) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_output_shape(net, 0, sides, NULL) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_output_shape(NULL, 0, sides, &dimensions) == ALPHAPOSE_INPUT_ERROR);
  CHECK(dimensions == 9);
  CHECK(alphapose_net_output_name(net, 0) != NULL && alphapose_net_output_name(net, 0)[0] != 0);
  CHECK(alphapose_net_output_name(net, 1) == NULL && alphapose_net_output_name(NULL, 0) == NULL);
  inputs = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];
  x = calloc(inputs, sizeof *x);
  y = malloc(floats * sizeof *y);
  CHECK(alphapose_net_run(net, x, inputs, &y, &floats, 1) == ALPHAPOSE_OK);
  CHECK(alphapose_net_run(net, x, inputs - 1, &y, &floats, 1) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_run(net, x, inputs, &y, &floats, 0) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_run(net, NULL, inputs, &y, &floats, 1) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_run(net, x, inputs, NULL, &floats, 1) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_run(NULL, x, inputs, &y, &floats, 1) == ALPHAPOSE_INPUT_ERROR);
  floats--;
  CHECK(alphapose_net_run(net, x, inputs, &y, &floats, 1) == ALPHAPOSE_INPUT_ERROR);
  free(x);
  free(y);
  alphapose_net_destroy(net);
  alphapose_net_destroy(NULL);
  net = NULL;
  CHECK(alphapose_net_create(NULL, &net) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_net_create(&options, NULL) == ALPHAPOSE_INPUT_ERROR);
  options.batch = 0;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_INPUT_ERROR);
  options.batch = 1, options.threads = -1;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_INPUT_ERROR);
  options.threads = 0, options.input_size = 33;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_INPUT_ERROR);
  options.input_size = 0, options.weights = "no/such.weights";
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_MODEL_ERROR);
  options.weights = NULL, options.model = NULL;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_INPUT_ERROR);
  options.model = "pose-nano", options.size = 3;
  CHECK(alphapose_net_create(&options, &net) == ALPHAPOSE_INPUT_ERROR);
  CHECK(net == NULL);
}

int main(void) {
  alphapose_image image = {NULL, 0, 0, 0, 0};
  char version[64];
  snprintf(version, sizeof version, "%d.%d.%d", ALPHAPOSE_VERSION_MAJOR, ALPHAPOSE_VERSION_MINOR, ALPHAPOSE_VERSION_PATCH);
  CHECK(strcmp(alphapose_version(), version) == 0);
  CHECK(alphapose_keypoint_name(0) != NULL && strcmp(alphapose_keypoint_name(0), "nose") == 0);
  CHECK(alphapose_keypoint_name(17) == NULL && alphapose_keypoint_name(-1) == NULL);
  CHECK(alphapose_image_read("no/such/photo.jpg", &image) == ALPHAPOSE_DATA_ERROR);
  CHECK(alphapose_image_read(NULL, &image) == ALPHAPOSE_INPUT_ERROR);
  CHECK(image.data == NULL);
  alphapose_image_free(&image);
  alphapose_image_free(NULL);
  check_sizes();
  check_pose();
  check_tracker();
  check_net();
  check_heads();
  return g_failures == 0 ? 0 : 1;
}
