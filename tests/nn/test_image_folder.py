"""Folders of images: what is read, in which order, and which file is broken."""

import shutil

import numpy as np
import pytest

from nn import FullyConnected, NeuralNetwork
from nn.data import DataError, DataLoader, ImageFolder
from nn.layers import Flatten

Image = pytest.importorskip("PIL.Image")


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    """Red roses and blue tulips, 4 rows and 6 columns."""
    for name, channel, images in (("tulip", 2, ["b.png", "a.bmp"]), ("rose", 0, ["x.png"])):
        for number, image in enumerate(images):
            pixels = np.zeros((4, 6, 3))
            pixels[0, :, channel] = 255 - number
            save(tmp_path / "flowers" / name / image, pixels)
    return tmp_path / "flowers"


def test_classes_and_images_are_in_the_order_of_their_names(folder):
    images = ImageFolder(folder)
    assert images.classes == ("rose", "tulip")
    assert [path.name for path in images.paths] == ["x.png", "a.bmp", "b.png"]
    assert images.labels.tolist() == [0, 1, 1]
    x, y = images.load()
    assert x.shape == (3, 3, 4, 6)
    assert x.dtype == np.float32
    assert y.tolist() == [0, 1, 1]
    assert x[0, :, 0, 0].tolist() == [1, 0, 0]
    np.testing.assert_allclose(x[1, :, 0, 0], [0, 0, 254 / 255], rtol=1e-6)
    assert x[:, :, 1:].max() == 0


def test_other_files_and_folders_are_passed_over(folder):
    (folder / "readme.txt").write_text("")
    (folder / ".git").mkdir()
    (folder / "rose" / "Thumbs.db").write_text("")
    (folder / "rose" / "._x.png").write_text("")
    (folder / "rose" / "sub").mkdir()
    shutil.copy(folder / "rose" / "x.png", folder / "rose" / "sub" / "y.PNG")
    images = ImageFolder(folder)
    assert images.classes == ("rose", "tulip")
    assert [path.name for path in images.paths] == ["y.PNG", "x.png", "a.bmp", "b.png"]


def test_size_channels_range_and_type_are_asked_for(folder):
    x, _ = ImageFolder(folder, size=(2, 3), channels="grey", low=-1, dtype=np.float64).load()
    assert x.shape == (3, 1, 2, 3)
    assert x.dtype == np.float64
    assert x.min() == -1
    assert -1 < x[0, 0, 0, 0] < 0
    assert ImageFolder(folder, size=5)[0][0].shape == (3, 5, 5)


def test_sizes_that_differ_name_both_images(folder):
    save(folder / "tulip" / "c.png", np.zeros((5, 6, 3)))
    with pytest.raises(DataError, match=r"c\.png: expected 4 x 6 pixels as in .*x\.png.*found 5"):
        ImageFolder(folder).load()
    assert ImageFolder(folder, size=4).load()[0].shape == (4, 3, 4, 4)


def test_every_mode_of_pixels_is_brought_to_the_same(folder, tmp_path):
    grey16 = np.full((4, 6), 32768, np.uint16)
    Image.fromarray(grey16).save(folder / "rose" / "a16.png")
    Image.new("1", (6, 4), 1).save(folder / "rose" / "b1.png")
    Image.new("RGBA", (6, 4), (255, 0, 0, 9)).save(folder / "rose" / "c.png")
    Image.new("CMYK", (6, 4)).save(folder / "rose" / "d.jpg")
    palette = Image.new("P", (6, 4))
    palette.info["transparency"] = bytes(256)
    palette.save(folder / "rose" / "e.png", transparency=bytes(256))
    x, _ = ImageFolder(folder).load()
    np.testing.assert_allclose(x[0], 127 / 255, rtol=1e-6)
    assert (x[1] == 1).all()
    assert x[2, :, 0, 0].tolist() == [1, 0, 0]
    assert (x[3] > 0.95).all()


def test_images_stand_as_their_camera_says(folder):
    pixels = np.zeros((6, 4, 3))
    pixels[:, 0, 0] = 255  # the left edge, which the camera held upwards
    exif = Image.Exif()
    exif[0x0112] = 6
    save(folder / "rose" / "a.png", pixels, exif=exif)
    x, _ = ImageFolder(folder).load()
    assert x[0, 0, 0].tolist() == [1] * 6


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"no image", lambda b: b""]
)
def test_a_broken_image_is_named(damage, folder):
    path = folder / "tulip" / "broken.png"
    save(path, np.random.default_rng(0).integers(0, 256, (4, 6, 3)))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"broken\.png: expected an image, found what can't"):
        ImageFolder(folder).load()
    with pytest.raises(DataError, match=r"broken\.png"):
        list(DataLoader(ImageFolder(folder), batch_size=4))


def test_levels_without_a_white_are_refused(folder):
    Image.new("F", (6, 4)).save(folder / "rose" / "a.tif")
    with pytest.raises(DataError, match=r"a\.tif: .*fractions"):
        ImageFolder(folder).load()


def test_a_network_learns_from_the_disk(folder):
    loader = DataLoader(ImageFolder(folder, size=2), batch_size=2)
    network = NeuralNetwork([Flatten(), FullyConnected(12, 2)])
    network.fit(loader, epochs=60, progress=False)
    assert network.evaluate(loader)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda f: ImageFolder(f / "nowhere"), "expected a folder with a folder per class"),
        (lambda f: ImageFolder(f / "rose"), "expected a folder per class.*images that lie there"),
        (lambda f: ImageFolder(f, size=(1, 2, 3)), "rows and columns"),
        (lambda f: ImageFolder(f, size=0), "size. expects a whole number from 1"),
        (lambda f: ImageFolder(f, channels="cmyk"), "'rgb' or 'grey'"),
    ],
)
def test_wrong_use_says_what_is_expected(make, words, folder):
    with pytest.raises(ValueError, match=words):
        make(folder)


def test_a_class_without_images_is_named(folder):
    (folder / "daisy").mkdir()
    with pytest.raises(DataError, match="daisy: expected images of this class"):
        ImageFolder(folder)
