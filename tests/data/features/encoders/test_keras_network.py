from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from a2bm2gl_tf.errors import UserError


@pytest.fixture
def pictures(tmp_path, images):
    paths = []
    for name, colour in {"red": (255, 0, 0), "grey": (102, 102, 102)}.items():
        paths.append(tmp_path / f"{name}.png")
        Image.new("RGB", (20, 10), colour).save(paths[-1])
    return images(*paths)


@pytest.fixture
def save_model(tmp_path):
    def save(*layers, shape=(8, 12, 3), name="tiny"):
        path = tmp_path / f"{name}.keras"
        keras.Sequential([keras.Input(shape), *layers]).save(path)
        return path

    return save


def one_by_one(kernel):
    """A convolution of one pixel with a given (3, f) kernel."""
    kernel = np.asarray(kernel, np.float32)
    layer = keras.layers.Conv2D(kernel.shape[1], 1, use_bias=False)
    layer.build((None, None, None, 3))
    layer.set_weights([kernel[None, None]])
    return layer


def test_maps_are_averaged(pictures, save_model, encode_as):
    path = save_model(keras.layers.Rescaling(1 / 255), one_by_one([[1, 0], [2, 0], [0, 5]]))
    encoded = encode_as(pictures, f"keras:{path}")
    np.testing.assert_allclose(encoded.rows, [[1, 0], [1.2, 2]], rtol=1e-5, atol=1e-6)
    assert encoded.parameters["pixels"] == [12, 8]
    assert not encoded.learned


def test_flat_output_is_taken_as_it_is(pictures, save_model, encode_as):
    path = save_model(keras.layers.GlobalMaxPooling2D())
    encoded = encode_as(pictures, f"keras:{path}")
    assert encoded.rows.tolist() == [[255, 0, 0], [102, 102, 102]]


def test_networks_of_any_size_get_224(pictures, save_model, encode_as):
    path = save_model(one_by_one(np.eye(3)), shape=(None, None, 3))
    assert encode_as(pictures, f"keras:{path}").parameters["pixels"] == [224, 224]


def test_skipping_works_here_too(tmp_path, images, pictures, save_model, encode_as):
    path = save_model(keras.layers.GlobalMaxPooling2D())
    content = images(tmp_path / "gone.png", *pictures.paths)
    encoded = encode_as(content, f"keras:{path}", skip_unreadable=True)
    assert encoded.present.tolist() == [False, True, True]
    with pytest.raises(UserError, match=r"gone\.png: no such picture"):
        encode_as(content, f"keras:{path}")


def test_lambdas_are_refused(pictures, save_model, encode_as):
    path = save_model(keras.layers.Lambda(lambda x: x, output_shape=(8, 12, 3)))
    with pytest.raises(UserError, match=r"--image_encoder=keras:.*tiny\.keras: cannot be loaded"):
        encode_as(pictures, f"keras:{path}")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04broken"])
def test_files_that_are_no_models(pictures, encode_as, tmp_path, content):
    path = tmp_path / "bad.keras"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"bad\.keras: cannot be loaded \(.*Keras 3") as error:
        encode_as(pictures, f"keras:{path}")
    assert "\n" not in str(error.value)


def test_missing_file(pictures, encode_as):
    with pytest.raises(UserError, match=r"--image_encoder=keras:none\.keras: no such file"):
        encode_as(pictures, "keras:none.keras")


@pytest.mark.parametrize("shape", [(8, 8, 1), (3, 8, 8), (5,)])
def test_only_rgb_input(pictures, save_model, encode_as, shape):
    path = save_model(keras.layers.Flatten(), shape=shape)
    with pytest.raises(UserError, match=r"takes input of shape .*; give a network of one RGB"):
        encode_as(pictures, f"keras:{path}")


def test_only_one_output(pictures, encode_as, tmp_path):
    picture = keras.Input((8, 8, 3))
    pooled = keras.layers.GlobalMaxPooling2D()(picture)
    keras.Model(picture, [pooled, pooled]).save(tmp_path / "two.keras")
    with pytest.raises(UserError, match=r"two\.keras: has several outputs"):
        encode_as(pictures, f"keras:{tmp_path / 'two.keras'}")


def test_broken_weights_are_reported(pictures, save_model, encode_as):
    path = save_model(one_by_one([[np.nan], [0], [0]]))
    with pytest.raises(UserError, match=r"red\.png: --image_encoder=keras:.* not finite"):
        encode_as(pictures, f"keras:{path}")


def test_a_file_needs_no_weights(pictures, save_model, encode_as, tmp_path):
    path = save_model(keras.layers.GlobalMaxPooling2D())
    (tmp_path / "w.h5").write_bytes(b"x")
    with pytest.raises(UserError, match=r"--weights_path=.*w\.h5: .* holds its weights"):
        encode_as(pictures, f"keras:{path}", weights_path=tmp_path / "w.h5")


def test_an_application_needs_its_weights(pictures, encode_as):
    with pytest.raises(UserError, match=r"keras:MobileNetV2: give .* as --weights_path"):
        encode_as(pictures, "keras:MobileNetV2")


@pytest.mark.parametrize("name", ["AlexNet", "resnet", "/models/resnet.h5", "__name__"])
def test_unknown_applications(pictures, encode_as, tmp_path, name):
    (tmp_path / "w.h5").write_bytes(b"x")
    with pytest.raises(UserError, match=rf"keras:{name}: neither .* choose from .*MobileNetV2"):
        encode_as(pictures, f"keras:{name}", weights_path=tmp_path / "w.h5")


@pytest.mark.parametrize("name", ["w.h5", "w.weights.h5"])
def test_weights_that_are_none(pictures, encode_as, tmp_path, name):
    path: Path = tmp_path / name
    path.write_bytes(b"not HDF5")
    with pytest.raises(UserError, match=rf"--weights_path=.*{name}: not weights of MobileNetV2"):
        encode_as(pictures, "keras:MobileNetV2", weights_path=path)


@pytest.mark.slow
def test_an_application_with_local_weights(pictures, encode_as, tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg"
    )
    # Initial weights shrink whatever comes in to nothing.
    for weight in model.weights:
        if "kernel" in weight.path:
            weight.assign(3 * weight)
    path = tmp_path / "mobile.weights.h5"
    model.save_weights(path)
    encoded = encode_as(pictures, "keras:MobileNetV2", weights_path=path)
    # Its preprocessing takes 0 ... 255 to -1 ... 1.
    batch = np.broadcast_to(np.array([1, -1, -1], np.float32), (1, 224, 224, 3))
    np.testing.assert_allclose(encoded.rows[0], np.asarray(model(batch))[0], rtol=1e-3, atol=1e-5)
    assert encoded.rows.shape == (2, 1280)
