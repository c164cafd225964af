"""The command `daleslaw`: its options, what each command does, what it prints, what the Tab key finishes."""
