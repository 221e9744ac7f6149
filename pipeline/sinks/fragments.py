"""How a video grows in a file so that what is there plays at any moment, after a power cut too."""

from av.container import OutputContainer

FRAGMENT_S = 0.5
"""What a killed run may lose, besides what the encoder holds back."""
FLUSH_PACKETS = 0x200
"""FFmpeg's AVFMT_FLAG_FLUSH_PACKETS: what is written is handed to the system before the next packet."""


def write_fragments(output: OutputContainer, ticks: int) -> None:
    """Make an .mp4 or .mov that is about to be begun grow in fragments.

    Args:
        output: before `start_encoding`.
        ticks: of the video's clock in a second; the movie's clock gets the same, so that times are exact.
    """
    # delay_moov: the header comes with the first fragment, so it can say when each stream begins (edit lists).
    output.container_options.update(
        {
            "movflags": "delay_moov+default_base_moof",
            "frag_duration": str(int(FRAGMENT_S * 1e6)),
            "movie_timescale": str(ticks),
        }
    )
    output.flags |= FLUSH_PACKETS
