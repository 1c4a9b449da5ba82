"""What shows pictures to the text encoder of Qwen-Image-Edit; needs transformers.

The library's own processor wants torchvision, for films alone, and cannot be loaded without it.
"""

from __future__ import annotations

from typing import Any

import transformers
from transformers.processing_utils import ProcessorMixin


class PictureProcessor(transformers.Qwen2VLProcessor):  # type: ignore[misc]
    """Pictures and words, and no films, as that text encoder takes them."""

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None
    ) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
        ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)
