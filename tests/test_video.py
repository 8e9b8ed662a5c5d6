"""Videos as people bring them: no frame lost in silence, every picture as a player shows it."""

import clips
import made
import pytest

from frames.container import container_of
from frames.video import VideoFacts, find_videos, passed_over, read_frames
from ground.errors import DataError


def read(path):
    facts = VideoFacts()
    return list(read_frames(path, facts)), facts


@pytest.mark.parametrize("count", [4096, 65536])
def test_reads_on_after_damage_and_says_how_much_is_missing(count, tmp_path):
    path = clips.noisy_video(tmp_path / "v.mp4")
    frames, facts = read(clips.zeroed(path, 0.4, count))
    assert facts.frames == len(frames) < 120
    assert facts.seconds == pytest.approx(4.0, abs=0.1)  # the last frames are there too
    assert facts.expected == 120
    assert f"izdevās nolasīt {len(frames)} no 120 kadriem" in facts.damage


@pytest.mark.parametrize("suffix", [".mkv", ".avi", ".webm"])
def test_a_video_cut_off_says_so(suffix, tmp_path):
    frames, facts = read(clips.cut(clips.noisy_video(tmp_path / f"v{suffix}")))
    assert 0 < len(frames) < 119
    assert "bojāts vai aprauts" in facts.damage


def test_an_mp4_without_its_end_is_named_as_cut_off(tmp_path):
    with pytest.raises(DataError, match=r"bojāts vai aprauts\. Nokopējiet"):
        read(clips.cut(clips.noisy_video(tmp_path / "v.mp4")))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".webm", ".mov", ".m4v", ".3gp"])
def test_a_whole_video_is_not_called_damaged(suffix, tmp_path):
    assert read(clips.noisy_video(tmp_path / f"v{suffix}", 40))[1].damage == ""


def test_frames_that_a_phone_cut_away_are_not_missed(tmp_path):
    path = clips.with_first_frames_trimmed(clips.noisy_video(tmp_path / "v.mp4", 60), 15, 60)
    assert not container_of(path).believed
    frames, facts = read(path)
    assert len(frames) < 60
    assert facts.damage == ""


def test_a_clock_that_starts_late_claims_frames_that_never_were(tmp_path):
    path = clips.noisy_video(tmp_path / "v.webm", 30)
    content = bytearray(path.read_bytes())
    place = content.index(b"\x1fC\xb6u")  # a cluster, then its time: a byte of kind, a byte of length, the value
    timecode = content.index(b"\xe7", place, place + 16)
    assert content[timecode + 1] in (0x81, 0x82)
    content[timecode + 2] = 0x64
    path.write_bytes(content)
    assert container_of(path).frames == 30
    assert read(path)[1].damage == ""


@pytest.mark.parametrize("suffix", [".mkv", ".webm", ".avi"])
@pytest.mark.parametrize("where", [0.2, 0.5, 0.8])
def test_a_hole_in_a_video_that_goes_on_after_it_is_seen(suffix, where, tmp_path):
    path = clips.zeroed(clips.noisy_video(tmp_path / f"v{suffix}", 200), where, 4096)
    frames, facts = read(path)
    assert len(frames) == 200 or facts.expected > len(frames) or facts.expected == -1


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
@pytest.mark.parametrize("tail", [b"\0\0\0\0", b"abc", b"\n", b"camera notes " * 40])
def test_what_follows_a_whole_video_is_no_damage(suffix, tail, tmp_path):
    path = clips.noisy_video(tmp_path / f"v{suffix}", 20)
    path.write_bytes(path.read_bytes() + tail)
    assert read(path)[1].damage == ""


def test_the_mirror_of_an_mp4_with_something_before_and_after_it_is_kept(tmp_path):
    path = clips.with_matrix(clips.corner_video(tmp_path / "v.mp4"), (-1, 0, 0, 1))
    content = path.read_bytes()
    path.write_bytes(b"\0\0\0\x18uuid" + bytes(16) + content + b"\0\0\0\0")
    assert container_of(path).mirror is not None


@pytest.mark.parametrize(("matrix", "corner", "shape"), [
    ((1, 0, 0, 1), (0, 0), (64, 96)), ((-1, 0, 0, 1), (0, -1), (64, 96)), ((1, 0, 0, -1), (-1, 0), (64, 96)),
    ((0, 1, 1, 0), (0, 0), (96, 64)), ((0, -1, -1, 0), (-1, -1), (96, 64)), ((-1, 0, 0, -1), (-1, -1), (64, 96)),
    ((0, 1, -1, 0), (0, -1), (96, 64))])
def test_the_picture_is_turned_and_flipped_as_a_player_shows_it(matrix, corner, shape, tmp_path):
    frames, facts = read(clips.with_matrix(clips.corner_video(tmp_path / "v.mp4"), matrix))
    assert frames[0].shape[:2] == shape == (facts.height, facts.width)
    corners = {(row, column): frames[0][row, column].mean() > 128 for row in (0, -1) for column in (0, -1)}
    assert [place for place, white in corners.items() if white] == [corner]


@pytest.mark.parametrize(("pixel", "matrix", "size"), [
    ((4, 3), (1, 0, 0, 1), (128, 64)), ((3, 4), (1, 0, 0, 1), (96, 85)), ((4, 3), (0, 1, -1, 0), (64, 128)),
    ((4, 3), (0, 1, 1, 0), (64, 128)), ((0, 1), (1, 0, 0, 1), (96, 64)), ((1000, 1), (1, 0, 0, 1), (96, 64))])
def test_pixels_become_square(pixel, matrix, size, tmp_path):
    path = clips.with_matrix(clips.with_pixel_shape(clips.corner_video(tmp_path / "v.mp4"), *pixel), matrix)
    facts = read(path)[1]
    assert (facts.width, facts.height) == size


def test_a_codec_that_cannot_be_decoded_is_named_with_the_cure(tmp_path):
    path = clips.of_unknown_codec(clips.noisy_video(tmp_path / "v.mp4", 10))
    with pytest.raises(DataError, match=r"kodeks AV1.*ffmpeg -i \"v\.mp4\" -c:v libx264"):
        read(path)


def test_links_are_followed_once_and_what_is_no_video_is_counted(tmp_path):
    videos, elsewhere = tmp_path / "videos", tmp_path / "elsewhere"
    made.save_video(elsewhere / "a-b" / "1.mp4")
    made.save_video(videos / "a" / "2.M4V".lower())
    (videos / "a" / "notes.txt").write_text("x")
    (videos / "a" / "photo.JPG").write_bytes(b"x")
    (videos / "folder.mov").mkdir()
    made.save_video(videos / "a-ā" / "3.mp4").rename(videos / "folder.mov" / "3.mp4")
    try:
        (videos / "a-b").symlink_to(elsewhere / "a-b")
        (videos / "a" / "loop").symlink_to(videos)
        (videos / "a" / "lost.mp4").symlink_to(tmp_path / "nowhere.mp4")
    except OSError:
        pytest.skip("no links on this system")
    assert sorted(find_videos(videos)) == ["a-b/1.mp4", "a/2.m4v", "a/lost.mp4", "folder.mov/3.mp4"]
    assert passed_over(videos) == {".jpg": 1, ".txt": 1}


@pytest.mark.parametrize(("first", "length"), [(0, 188), (4, 192)])
def test_a_transport_stream_is_whole_where_every_packet_begins_as_it_must(first, length, tmp_path):
    packet = bytes(first) + b"\x47" + bytes(range(1, length - first))
    path = tmp_path / "v.mts"
    for content, damaged in ((packet * 40, False), (packet * 40 + bytes(length), False),
                             (packet * 40 + packet[:70], True),
                             (packet * 20 + bytes(4 * length) + packet * 20, True)):
        path.write_bytes(content)
        assert container_of(path).damaged == damaged
