"""``python -m tenacious_bench`` is the command ``tenacious-bench``."""

from tenacious_bench.cli import main

if __name__ == "__main__":
    main()
