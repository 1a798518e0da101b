// Keys of Darknet cfg files that inference does not read.  Names are separated by blanks.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose {

// Only training, augmentation and evaluation read these keys.  Keys that change what a layer computes are not listed, so they are unknown.
inline constexpr const char* kNetTraining =
    "batch subdivisions time_steps momentum decay learning_rate burn_in max_batches policy steps scales step scale gamma power adam B1 B2 eps "
    "angle aspect saturation exposure hue flip max_crop min_crop mixup cutmix mosaic letter_box blur gaussian_noise resize_step "
    "label_smooth_eps ema_alpha try_fix_nan loss_scale optimized_memory workspace_size_limit_MB dynamic_minibatch weights_reject_freq "
    "equidistant_point num_sigmas_reject_badlabels badlabels_rejection_percentage";
inline constexpr const char* kYoloTraining =
    "jitter resize random ignore_thresh truth_thresh max max_delta iou_loss iou_thresh iou_thresh_kind iou_normalizer cls_normalizer "
    "obj_normalizer delta_normalizer focal_loss label_smooth_eps objectness_smooth counters_per_class nms_kind beta_nms show_details";
inline constexpr const char* kDropoutTraining = "probability dropblock dropblock_size_rel dropblock_size_abs";
inline constexpr const char* kLayerTraining = "stopbackward learning_rate clip dont_update burnin_update train_only_bn";

} // namespace pose
