/* The C interface: people of an image or of consecutive frames, and networks on float buffers, for C and for languages that call C. */
/* SPDX-License-Identifier: MIT */
/*
 *   alphapose_image image = {data, height, width, stride, ALPHAPOSE_BGR};
 *   alphapose_person people[32];
 *   size_t found = 0, i;
 *   alphapose_pose* pose = NULL;
 *   alphapose_pose_options options;
 *   alphapose_pose_options_init(&options);
 *   if (alphapose_pose_create(&options, &pose) != ALPHAPOSE_OK || alphapose_pose_run(pose, &image, people, 32, &found) != ALPHAPOSE_OK)
 *     fprintf(stderr, "%s\n", alphapose_last_error());
 *   for (i = 0; i < found && i < 32; i++) printf("%.2f\n", people[i].score);
 *   alphapose_pose_destroy(pose);
 *
 * Every function that returns a status leaves its outputs untouched on an error, but for buffers of results, which are then undefined.  Null
 * arguments are ALPHAPOSE_INPUT_ERROR unless a comment says otherwise.  Thread safety, fork() and stability: as pose.h and version.h. */
#ifndef ALPHAPOSE_C_H
#define ALPHAPOSE_C_H

#include <alphapose/version_number.h>

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ALPHAPOSE_C_API __attribute__((visibility("default")))
#else
#define ALPHAPOSE_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The typed errors of error.h. */
typedef enum alphapose_status {
  ALPHAPOSE_OK = 0,
  ALPHAPOSE_ERROR = 1,
  ALPHAPOSE_INPUT_ERROR = 2,
  ALPHAPOSE_MODEL_ERROR = 3,
  ALPHAPOSE_DEVICE_ERROR = 4,
  ALPHAPOSE_DATA_ERROR = 5,
  ALPHAPOSE_OUT_OF_MEMORY = 6
} alphapose_status;

/* Returns the version of the library that is loaded, "MAJOR.MINOR.PATCH".  ALPHAPOSE_VERSION_MAJOR, _MINOR and _PATCH are those of the headers. */
ALPHAPOSE_C_API const char* alphapose_version(void);
/* Returns one line about the last error of this thread, "" when there was none.  Valid until the thread's next call that fails. */
ALPHAPOSE_C_API const char* alphapose_last_error(void);

enum alphapose_pixel_format { ALPHAPOSE_BGR, ALPHAPOSE_RGB, ALPHAPOSE_GRAY, ALPHAPOSE_BGRA, ALPHAPOSE_RGBA };

/* A borrowed image, as ImageView (image.h). */
typedef struct alphapose_image {
  const uint8_t* data;
  int64_t height, width; /* pixels */
  int64_t stride;        /* bytes from row to row; 0: the bytes of a row */
  int format;            /* alphapose_pixel_format */
} alphapose_image;

/* Reads an image file as BGR, as read_image (image.h).  Free it with alphapose_image_free. */
ALPHAPOSE_C_API alphapose_status alphapose_image_read(const char* path, alphapose_image* image);
/* Frees the pixels of an image that alphapose_image_read made; null is allowed. */
ALPHAPOSE_C_API void alphapose_image_free(alphapose_image* image);

#define ALPHAPOSE_KEYPOINTS 17

typedef struct alphapose_keypoint {
  float x, y, score;
} alphapose_keypoint;

typedef struct alphapose_person {
  float score;                                       /* as Person::score (pose.h) */
  float x1, y1, x2, y2;                              /* box, pixels */
  alphapose_keypoint keypoints[ALPHAPOSE_KEYPOINTS]; /* COCO's, as Person::keypoints (pose.h) */
} alphapose_person;

/* Returns the name of a keypoint, null for another index. */
ALPHAPOSE_C_API const char* alphapose_keypoint_name(int index);

/* As PoseOptions (pose.h).  Strings are borrowed during the call; null: the default. */
typedef struct alphapose_pose_options {
  size_t size; /* of this structure, set by alphapose_pose_options_init */
  const char *detector, *network, *models_dir;
  const char* device;           /* "auto" (the default: the first GPU that works, else the CPU), "cpu", "cuda:N" */
  const char* precision;        /* "fp32", "tf32", "fp16"; default: fp16 on a GPU, fp32 on the CPU */
  int threads;                  /* 0: all */
  int input_size;               /* 608 */
  float confidence;             /* negative: the detector's default */
  double nms;                   /* 0.6 */
  int flip;                     /* 0 or 1 */
  int matching;                 /* 0 or 1 */
  const char* detector_weights; /* file of the detector's weights; null: searched for */
  const char* keypoints;        /* as PoseOptions::keypoints (pose.h) */
} alphapose_pose_options;

typedef struct alphapose_pose alphapose_pose;

/* Sets the defaults of the first `size` bytes, the size of the caller's structure: that of a later library may have more fields.  Null is allowed. */
ALPHAPOSE_C_API void alphapose_pose_options_init_sized(alphapose_pose_options* options, size_t size);
#define alphapose_pose_options_init(options) alphapose_pose_options_init_sized(options, sizeof(alphapose_pose_options))
/* Loads both networks.  options null: the defaults. */
ALPHAPOSE_C_API alphapose_status alphapose_pose_create(const alphapose_pose_options* options, alphapose_pose** pose);
/* Null is allowed. */
ALPHAPOSE_C_API void alphapose_pose_destroy(alphapose_pose* pose);
/* Writes the first `capacity` people of the image, in the order of Pose (pose.h), to `people` (null is allowed for capacity 0), and the number that
 * was found, which may be larger, to `found`. */
ALPHAPOSE_C_API alphapose_status alphapose_pose_run(alphapose_pose* pose, const alphapose_image* image, alphapose_person* people, size_t capacity,
                                                    size_t* found);

/* Writes the number of keypoints that the network finds, in the order of Person::all_keypoints (pose.h). */
ALPHAPOSE_C_API alphapose_status alphapose_pose_keypoint_count(alphapose_pose* pose, size_t* count);
/* Returns the name of one of them, null for another index. */
ALPHAPOSE_C_API const char* alphapose_pose_keypoint_name(alphapose_pose* pose, size_t index);
/* As alphapose_pose_run, and writes all keypoints of these people, keypoint_count of each, to `keypoints`. */
ALPHAPOSE_C_API alphapose_status alphapose_pose_run_keypoints(alphapose_pose* pose, const alphapose_image* image, alphapose_person* people,
                                                              alphapose_keypoint* keypoints, size_t capacity, size_t* found);

typedef struct alphapose_tracked_person {
  alphapose_person person;
  int id;                                         /* from 1, the same in all frames; 0: not sure enough to begin a track */
  alphapose_keypoint smooth[ALPHAPOSE_KEYPOINTS]; /* as TrackedPerson::smooth (video.h) */
} alphapose_tracked_person;

/* As VideoOptions (video.h). */
typedef struct alphapose_tracker_options {
  size_t size;                        /* of this structure, set by alphapose_tracker_options_init */
  const alphapose_pose_options* pose; /* borrowed during the call; null: the defaults */
  int detect_every;                   /* 1; 0: as seldom as frame_rate needs */
  int smooth;                         /* 0 or 1 */
  double frame_rate;                  /* 25 */
} alphapose_tracker_options;

typedef struct alphapose_tracker alphapose_tracker;

/* Sets the defaults, as alphapose_pose_options_init_sized. */
ALPHAPOSE_C_API void alphapose_tracker_options_init_sized(alphapose_tracker_options* options, size_t size);
#define alphapose_tracker_options_init(options) alphapose_tracker_options_init_sized(options, sizeof(alphapose_tracker_options))
/* Loads both networks.  options null: the defaults. */
ALPHAPOSE_C_API alphapose_status alphapose_tracker_create(const alphapose_tracker_options* options, alphapose_tracker** tracker);
/* Null is allowed. */
ALPHAPOSE_C_API void alphapose_tracker_destroy(alphapose_tracker* tracker);
/* Writes the people of the next frame, taken at `seconds`, which rises from frame to frame, as alphapose_pose_run does. */
ALPHAPOSE_C_API alphapose_status alphapose_tracker_run(alphapose_tracker* tracker, const alphapose_image* image, double seconds,
                                                       alphapose_tracked_person* people, size_t capacity, size_t* found);

/* As NetOptions (net.h).  Strings are borrowed during the call; null: the default. */
typedef struct alphapose_net_options {
  size_t size;       /* of this structure, set by alphapose_net_options_init */
  const char* model; /* required: a name or path */
  const char *weights, *models_dir;
  const char* device;    /* as alphapose_pose_options */
  const char* precision; /* "fp32" (the default), "tf32", "fp16" */
  int threads;           /* 0: all */
  int input_size;        /* side of a Darknet network's input; 0: the model's own */
  int batch;             /* images of one run, 1 to 1024; default 1 */
} alphapose_net_options;

typedef struct alphapose_net alphapose_net;

/* Sets the defaults, as alphapose_pose_options_init_sized. */
ALPHAPOSE_C_API void alphapose_net_options_init_sized(alphapose_net_options* options, size_t size);
#define alphapose_net_options_init(options) alphapose_net_options_init_sized(options, sizeof(alphapose_net_options))
/* Loads the network. */
ALPHAPOSE_C_API alphapose_status alphapose_net_create(const alphapose_net_options* options, alphapose_net** net);
/* Null is allowed. */
ALPHAPOSE_C_API void alphapose_net_destroy(alphapose_net* net);
/* Writes channels, height, width of the input. */
ALPHAPOSE_C_API alphapose_status alphapose_net_input_shape(const alphapose_net* net, int shape[3]);
/* Writes the number of outputs. */
ALPHAPOSE_C_API alphapose_status alphapose_net_output_count(const alphapose_net* net, size_t* count);
/* Returns the name of output k, null for another index and for a null net.  Valid as long as the net. */
ALPHAPOSE_C_API const char* alphapose_net_output_name(const alphapose_net* net, size_t k);
/* Writes the shape of output k for one image and its number of dimensions: 3 of channels, height, width, or 2 of boxes, attributes.  The rest of
 * `shape` becomes 1. */
ALPHAPOSE_C_API alphapose_status alphapose_net_output_shape(const alphapose_net* net, size_t k, int64_t shape[3], size_t* dimensions);
/* Writes the number of floats of output k for one image: the product of its shape. */
ALPHAPOSE_C_API alphapose_status alphapose_net_output_floats(const alphapose_net* net, size_t k, size_t* floats);
/* Runs n images, 1 to 65536, x = [n, channels, height, width] of x_floats floats; outputs[k] has room for output_floats[k] = n *
 * alphapose_net_output_floats. */
ALPHAPOSE_C_API alphapose_status alphapose_net_run(alphapose_net* net, const float* x, size_t x_floats, float* const* outputs,
                                                   const size_t* output_floats, size_t output_count);

#ifdef __cplusplus
}
#endif

#endif
