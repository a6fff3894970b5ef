"""/v1: what OpenAI's API says of models and chat completions, for programs that speak it."""
