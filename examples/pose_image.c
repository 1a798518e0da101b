/* The people of an image file, in C: pose_image_c PHOTO [DETECTOR] */
/* SPDX-License-Identifier: MIT */
#include <alphapose/c.h>

#include <stdio.h>

static int failed(void) {
  fprintf(stderr, "pose_image_c: %s\n", alphapose_last_error());
  return 1;
}

int main(int argc, char** argv) {
  alphapose_pose_options options;
  alphapose_pose* pose;
  alphapose_image photo;
  alphapose_person people[16];
  size_t found, i;
  if (argc < 2) return 2;
  alphapose_pose_options_init(&options);
  if (argc > 2) options.detector = argv[2];
  if (alphapose_pose_create(&options, &pose) != ALPHAPOSE_OK) return failed();
  if (alphapose_image_read(argv[1], &photo) != ALPHAPOSE_OK) return failed();
  if (alphapose_pose_run(pose, &photo, people, 16, &found) != ALPHAPOSE_OK) return failed();
  for (i = 0; i < found && i < 16; i++)
    printf("person %.2f: %s at %.1f, %.1f\n", people[i].score, alphapose_keypoint_name(0), people[i].keypoints[0].x, people[i].keypoints[0].y);
  printf("%zu people\n", found);
  alphapose_image_free(&photo);
  alphapose_pose_destroy(pose);
  return 0;
}
