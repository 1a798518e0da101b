// Keys of Darknet cfg files that inference does not read.  Names are separated by blanks.
// SPDX-License-Identifier: MIT
#pragma once

namespace pose {

// Only training, augmentation, evaluation, tracking and messages read these keys.  Keys that change what a layer computes are not listed, so they are
// unknown.
inline constexpr const char* kNetTraining =
    "batch subdivisions time_steps inputs momentum decay learning_rate learning_rate_min burn_in max_batches max_epochs policy steps scales "
    "seq_scales "
    "step scale gamma power adam B1 B2 eps sgdr_cycle sgdr_mult sequential_subdivisions init_sequential_subdivisions seen track augment_speed "
    "angle aspect saturation exposure hue flip max_crop min_crop mixup cutmix mosaic mosaic_bound letter_box blur gaussian_noise resize_step "
    "contrastive contrastive_jit_flip contrastive_color unsupervised attention adversarial_lr max_chart_loss show_receptive_field use_cuda_graph "
    "label_smooth_eps ema_alpha try_fix_nan loss_scale optimized_memory workspace_size_limit_MB dynamic_minibatch weights_reject_freq "
    "equidistant_point num_sigmas_reject_badlabels badlabels_rejection_percentage";
inline constexpr const char* kYoloTraining =
    "jitter resize random ignore_thresh truth_thresh max max_delta iou_loss iou_thresh iou_thresh_kind iou_normalizer cls_normalizer obj_normalizer "
    "delta_normalizer uc_normalizer focal_loss label_smooth_eps objectness_smooth counters_per_class show_details map beta1 "
    "track_history_size sim_thresh dets_for_track dets_for_show track_ciou_norm embedding_layer";
inline constexpr const char* kRegionTraining = "jitter resize random max bias_match rescore thresh absolute log sqrt focal_loss coord_scale "
                                               "object_scale noobject_scale mask_scale class_scale map";
inline constexpr const char* kDetectionTraining = "jitter resize random max rescore forced reorg coord_scale object_scale noobject_scale class_scale";
inline constexpr const char* kDropoutTraining = "probability dropblock dropblock_size_rel dropblock_size_abs";
inline constexpr const char* kCropTraining = "flip angle saturation exposure shift";
inline constexpr const char* kCostTraining = "type scale ratio";
inline constexpr const char* kContrastiveTraining = "classes temperature yolo_layer cls_normalizer max_delta contrastive_neg_max";
inline constexpr const char* kLayerTraining =
    "stopbackward onlyforward learning_rate clip dont_update burnin_update train_only_bn dontsave stream wait_stream grad_centr assisted_excitation";

} // namespace pose
