/* The people of an image file, in C: pose_image_c PHOTO [DETECTOR] */
/* SPDX-License-Identifier: MIT */
#include <alphapose/c.h>

#include <stdio.h>

#define MOST_PEOPLE 16

/* Finds people in the photo and prints them. */
static alphapose_status print_people(alphapose_pose* pose, const alphapose_image* photo) {
  alphapose_person people[MOST_PEOPLE];
  size_t found, i;
  const alphapose_status status = alphapose_pose_run(pose, photo, people, MOST_PEOPLE, &found);
  if (status != ALPHAPOSE_OK) return status;
  for (i = 0; i < found && i < MOST_PEOPLE; i++)
    printf("person %.2f: %s at %.1f, %.1f\n", people[i].score, alphapose_keypoint_name(0), people[i].keypoints[0].x, people[i].keypoints[0].y);
  printf("%zu people\n", found);
  return ALPHAPOSE_OK;
}

int main(int argc, char** argv) {
  alphapose_pose_options options;
  alphapose_pose* pose = NULL;
  alphapose_image photo = {NULL, 0, 0, 0, ALPHAPOSE_BGR};
  alphapose_status status;
  if (argc < 2) {
    fprintf(stderr, "usage: pose_image_c PHOTO [DETECTOR]\n");
    return 2;
  }
  alphapose_pose_options_init(&options);
  if (argc > 2) options.detector = argv[2];
  status = alphapose_pose_create(&options, &pose);
  if (status == ALPHAPOSE_OK) status = alphapose_image_read(argv[1], &photo);
  if (status == ALPHAPOSE_OK) status = print_people(pose, &photo);
  if (status != ALPHAPOSE_OK) fprintf(stderr, "pose_image_c: %s\n", alphapose_last_error());
  alphapose_image_free(&photo); /* both functions accept what was not made */
  alphapose_pose_destroy(pose);
  return status == ALPHAPOSE_OK ? 0 : 1;
}
