# The book, its chapters and its library in one image, with the locked versions.
#
#     docker build -t dales-law .
#     docker run --rm -p 127.0.0.1:8888:8888 dales-law                  # JupyterLab; its address has a token
#     docker run --rm -p 127.0.0.1:8888:8888 -v "$PWD/results:/home/reader/book/results" dales-law   # keeps runs
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 1000 reader
USER reader
WORKDIR /home/reader/book
COPY --chown=reader:reader binder/requirements.txt binder/
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir -q -r binder/requirements.txt
COPY --chown=reader:reader . .
RUN .venv/bin/pip install --no-cache-dir -q --editable ".[lab]" --constraint requirements.txt
ENV PATH=/home/reader/book/.venv/bin:$PATH OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "play"]
