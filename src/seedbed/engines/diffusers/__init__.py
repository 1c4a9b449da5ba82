"""Open-weight models on this machine's GPU or CPU, through Hugging Face diffusers.

    options -> `profiles` and `families` say what the model is -> `loading` brings it to the device
    job -> `engine` makes a wish of each picture -> `worker` draws those of one shape together

Nothing here imports torch before a model is loaded, so that naming the engine costs nothing.
"""
