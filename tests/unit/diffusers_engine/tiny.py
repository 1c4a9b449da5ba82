"""Tiny, randomly initialised pipelines of the real classes, saved to a folder.

Each has every part that the real model has, a few channels wide, and a tokenizer whose words are
single bytes, so that the true loading and drawing code runs over it in a moment on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers.pre_tokenizers import ByteLevel

from seedbed.engines.diffusers.processor import PictureProcessor

SPECIAL = (
    "<|endoftext|>",
    "<|startoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
ALPHABET = sorted(ByteLevel.alphabet())
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save(family: str, folder: Path) -> Path:
    """Build the tiny pipeline of a family's name and save it; gives the folder."""
    torch.manual_seed(0)
    pipeline = BUILDERS[family]()
    pipeline.save_pretrained(folder)
    return folder


def stable_diffusion() -> Any:
    """A latent diffusion model with a UNet and one text encoder."""
    return diffusers.StableDiffusionPipeline(
        vae=_vae(),
        text_encoder=_clip(),
        tokenizer=_clip_tokenizer(),
        unet=diffusers.UNet2DConditionModel(
            sample_size=16,
            block_out_channels=(8, 16),
            layers_per_block=1,
            norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=4,
        ),
        scheduler=diffusers.EulerAncestralDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def stable_diffusion_xl() -> Any:
    """The same, larger: two text encoders, and the sizes told to the UNet."""
    return diffusers.StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=_clip(),
        text_encoder_2=_clip(transformers.CLIPTextModelWithProjection),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=diffusers.UNet2DConditionModel(
            sample_size=16,
            block_out_channels=(8, 16),
            layers_per_block=1,
            norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=4,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=16 + 6 * 4,
            cross_attention_dim=32,
        ),
        scheduler=diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
        ),
    )


def flux() -> Any:
    """FLUX.1 schnell's kind: a transformer that is told no guidance."""
    return diffusers.FluxPipeline(**_flux_parts(guidance_embeds=False))


def flux_kontext() -> Any:
    """FLUX.1 Kontext: the same with guidance, and a picture to edit."""
    return diffusers.FluxKontextPipeline(**_flux_parts(guidance_embeds=True))


def flux2_klein() -> Any:
    """FLUX.2 klein, not distilled, so that its guidance can be seen."""
    return diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        vae=diffusers.AutoencoderKLFlux2(
            block_out_channels=(8, 8),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4,
            norm_num_groups=4,
            layers_per_block=1,
            sample_size=32,
        ),
        text_encoder=_qwen3(layers=28),
        tokenizer=_qwen_tokenizer(),
        transformer=diffusers.Flux2Transformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * 16,
            timestep_guidance_channels=32,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        is_distilled=False,
    )


def z_image() -> Any:
    """Z-Image."""
    return diffusers.ZImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(latent_channels=16, scaling_factor=0.3611, shift_factor=0.1159),
        text_encoder=_qwen3(layers=2),
        tokenizer=_qwen_tokenizer(),
        transformer=diffusers.ZImageTransformer2DModel(
            all_patch_size=(2,),
            all_f_patch_size=(1,),
            in_channels=16,
            dim=32,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=16,
            axes_dims=[8, 4, 4],
            axes_lens=[256, 64, 64],
        ),
    )


def qwen_image() -> Any:
    """Qwen-Image."""
    return diffusers.QwenImagePipeline(**_qwen_parts())


def qwen_image_edit() -> Any:
    """Qwen-Image-Edit, which takes one picture."""
    return diffusers.QwenImageEditPipeline(**_qwen_parts(), processor=_qwen_processor())


def qwen_image_edit_plus() -> Any:
    """Qwen-Image-Edit as of 2509, which takes several."""
    return diffusers.QwenImageEditPlusPipeline(**_qwen_parts(), processor=_qwen_processor())


BUILDERS: dict[str, Callable[[], Any]] = {
    one.__name__: one
    for one in (
        stable_diffusion,
        stable_diffusion_xl,
        flux,
        flux_kontext,
        flux2_klein,
        z_image,
        qwen_image,
        qwen_image_edit,
        qwen_image_edit_plus,
    )
}


def _vae(latent_channels: int = 4, **more: Any) -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=latent_channels,
        norm_num_groups=4,
        sample_size=32,
        **more,
    )


def _clip(kind: Any = transformers.CLIPTextModel) -> Any:
    return kind(
        transformers.CLIPTextConfig(
            vocab_size=1000,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            projection_dim=16,
            max_position_embeddings=77,
            bos_token_id=1,
            eos_token_id=0,
            pad_token_id=0,
        )
    )


def _clip_tokenizer() -> Any:
    words = (*SPECIAL[:2], *ALPHABET, *(letter + "</w>" for letter in ALPHABET))
    return transformers.CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=77
    )


def _t5_tokenizer() -> Any:
    letters = [chr(code) for code in range(33, 127)]
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0)]
    return transformers.T5TokenizerFast(
        vocab=vocab + [(letter, -2.0) for letter in letters], extra_ids=0, model_max_length=512
    )


def _flux_parts(guidance_embeds: bool) -> dict[str, Any]:
    return {
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
        "vae": _vae(
            scaling_factor=1.5,
            shift_factor=0.1,
            use_quant_conv=False,
            use_post_quant_conv=False,
        ),
        "text_encoder": _clip(),
        "tokenizer": _clip_tokenizer(),
        "text_encoder_2": transformers.T5EncoderModel(
            transformers.T5Config(
                vocab_size=128, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2
            )
        ),
        "tokenizer_2": _t5_tokenizer(),
        "transformer": diffusers.FluxTransformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=guidance_embeds,
        ),
    }


def _qwen_vocab() -> dict[str, int]:
    return {word: number for number, word in enumerate((*SPECIAL, *ALPHABET))}


def _qwen_tokenizer() -> Any:
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=_qwen_vocab(),
        merges=[],
        model_max_length=2048,
        additional_special_tokens=list(SPECIAL[2:]),
    )
    tokenizer.chat_template = CHAT
    return tokenizer


def _qwen3(layers: int) -> Any:
    return transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            vocab_size=300,
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=8,
            max_position_embeddings=2048,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=0,
        )
    )


def _qwen_parts() -> dict[str, Any]:
    vocab = _qwen_vocab()
    return {
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        "vae": diffusers.AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=4,
            dim_mult=[1, 1],
            num_res_blocks=1,
            temperal_downsample=[False],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        "text_encoder": transformers.Qwen2_5_VLForConditionalGeneration(
            transformers.Qwen2_5_VLConfig(
                text_config={
                    "vocab_size": 300,
                    "hidden_size": 16,
                    "intermediate_size": 32,
                    "num_hidden_layers": 2,
                    "num_attention_heads": 2,
                    "num_key_value_heads": 1,
                    "max_position_embeddings": 4096,
                    "rope_scaling": {
                        "mrope_section": [1, 1, 2],
                        "rope_type": "default",
                        "type": "default",
                    },
                    "pad_token_id": 0,
                    "bos_token_id": 1,
                    "eos_token_id": 0,
                },
                vision_config={
                    "depth": 2,
                    "hidden_size": 16,
                    "intermediate_size": 32,
                    "num_heads": 2,
                    "out_hidden_size": 16,
                    "fullatt_block_indexes": [1],
                    "window_size": 28,
                },
                vision_start_token_id=vocab["<|vision_start|>"],
                vision_end_token_id=vocab["<|vision_end|>"],
                vision_token_id=vocab["<|image_pad|>"],
                image_token_id=vocab["<|image_pad|>"],
                video_token_id=vocab["<|video_pad|>"],
            )
        ),
        "tokenizer": _qwen_tokenizer(),
        "transformer": diffusers.QwenImageTransformer2DModel(
            patch_size=2,
            in_channels=16,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            guidance_embeds=False,
            axes_dims_rope=(8, 4, 4),
        ),
    }


def _qwen_processor() -> Any:
    return PictureProcessor(
        transformers.Qwen2VLImageProcessor(min_pixels=28 * 28, max_pixels=56 * 56),
        _qwen_tokenizer(),
    )
