"""Pictures of a posed figure, drawn by OpenGL without a screen: a software driver (Mesa's llvmpipe) is enough."""

import cv2
import numpy as np

from drawing.figure import Figure
from drawing.look import SIZE, Look, painted, thickness
from drawing.makehuman import HAIR
from drawing.rooms import room
from ground.errors import DataError
from signer.camera import Camera

SAMPLES = 4  # a pixel
SHADOW = 512  # texels of the shadow map's side
NEAR, FAR = 1.0, 200.0  # palms
LIT, LIT_SIZE = np.array([0.0, -1.5, 1.0]), 6.5  # the middle and half the side of the space with shadows, palms
HAIR_PATCH = 32  # texels

#: Cloth and hair stand off the body; a figure's parts are told apart by the texture, whose alpha says skin.
VERTEX = """
#version 330
uniform mat4 camera, lamp;
in vec3 place, normal;
in vec2 uv;
in float off;
out vec3 at, facing;
out vec4 lit;
out vec2 spot;
void main() {
    at = place + normal * off;
    facing = normal;
    spot = uv;
    lit = lamp * vec4(at, 1);
    gl_Position = camera * vec4(at, 1);
}
"""
#: Soft light that wraps round skin and reddens where it fades; edges darken, so that fingers stand out.
FRAGMENT = """
#version 330
uniform sampler2D paint;
uniform sampler2DShadow shadow;
uniform vec3 eye, light, colour;
uniform float strength, ambient, exposure;
in vec3 at, facing;
in vec4 lit;
in vec2 spot;
out vec4 pixel;
void main() {
    vec4 painted = texture(paint, spot);
    vec3 base = pow(painted.rgb, vec3(2.2));
    float skin = painted.a;
    vec3 n = normalize(facing), v = normalize(eye - at);
    float across = max(dot(n, v), 0.0), raw = dot(n, light);
    float open = 0.0;
    vec3 map = lit.xyz * 0.5 + 0.5;
    map.z -= 0.002 + 0.004 * (1.0 - max(raw, 0.0));
    for (int i = -1; i <= 1; i++) for (int j = -1; j <= 1; j++)
        open += texture(shadow, map + vec3(i, j, 0) * 0.0025) / 9.0;
    vec3 wrap = mix(vec3(0.08), vec3(0.28, 0.14, 0.1), skin);
    vec3 lamp = clamp((raw + wrap) / (1.0 + wrap), 0.0, 1.0) * mix(0.12, 1.0, open);
    float sky = 0.72 + 0.28 * n.y;
    float rim = mix(0.45, 1.0, smoothstep(0.0, 0.55, across));
    vec3 half_way = normalize(light + v);
    float gloss = skin * open * (0.10 * pow(max(dot(n, half_way), 0.0), 28.0));
    vec3 glow = base * rim * (strength * colour * lamp + ambient * sky) + gloss * strength * colour;
    pixel = vec4(pow(clamp(glow * exposure, 0.0, 1.0), vec3(1.0 / 2.2)), 1);
}
"""
DEPTH_VERTEX = """
#version 330
uniform mat4 camera;
in vec3 place, normal;
in float off;
void main() { gl_Position = camera * vec4(place + normal * off, 1); }
"""
DEPTH = """
#version 330
void main() {}
"""
UNWRAP_VERTEX = """
#version 330
in vec3 value;
in vec2 uv;
in float kind;
out vec4 held;
void main() { held = vec4(value, kind); gl_Position = vec4(uv * 2 - 1, 0, 1); }
"""
UNWRAP_FRAGMENT = """
#version 330
in vec4 held;
out vec4 texel;
void main() { texel = held; }
"""
WALL_VERTEX = """
#version 330
in vec2 corner;
out vec2 spot;
void main() { spot = corner * 0.5 + 0.5; gl_Position = vec4(corner, 0.99999, 1); }
"""
WALL_FRAGMENT = """
#version 330
uniform sampler2D wall;
in vec2 spot;
out vec4 pixel;
void main() { pixel = texture(wall, spot); }
"""


class Renderer:
    """Draws one figure with one look for one camera; every frame gets its own sensor noise.

    Raises DataError when ModernGL or a driver is missing. `release` frees the driver's memory.
    """

    def __init__(self, figure: Figure, look: Look, camera: Camera, samples: int = SAMPLES):
        self._figure, self._look, self._camera = figure, look, camera
        self._gl = _context()
        self._random, self._grain = np.random.default_rng(look.seed), None
        self._program = self._gl.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        self._shade = self._gl.program(vertex_shader=DEPTH_VERTEX, fragment_shader=DEPTH)
        self._wall = self._wallpaper()
        self._prepare_body()
        size = (camera.width, camera.height)
        self._drawn = self._gl.framebuffer([self._gl.renderbuffer(size, 4, samples=samples)],
                                           self._gl.depth_renderbuffer(size, samples=samples))
        self._smooth = self._gl.framebuffer([self._gl.renderbuffer(size, 4)])
        self._shadow = self._gl.depth_texture((SHADOW, SHADOW))
        self._shadow.compare_func = "<="
        self._shadow.repeat_x = self._shadow.repeat_y = False
        self._shadow_map = self._gl.framebuffer(depth_attachment=self._shadow)
        self._set_light()

    def draw(self, vertices: np.ndarray) -> np.ndarray:
        """The picture of vertices (V, 3) in the room, uint8 RGB (height, width, 3)."""
        normals = self._figure.normals(vertices)
        self._moving.write(np.concatenate([vertices, normals], 1).astype(np.float32))
        self._gl.enable(self._gl.DEPTH_TEST)
        self._shadow_map.use()
        self._shadow_map.clear(depth=1.0)
        self._cast.render()
        self._drawn.use()
        self._drawn.clear(depth=1.0)
        self._wall.render(self._gl.TRIANGLE_STRIP)
        self._texture.use(0)
        self._shadow.use(1)
        self._body.render()
        self._gl.copy_framebuffer(self._smooth, self._drawn)
        shape = (self._camera.height, self._camera.width, 3)
        picture = np.frombuffer(self._smooth.read(components=3, alignment=1), np.uint8).reshape(shape)[::-1]
        return self._with_noise(picture)

    def release(self) -> None:
        """Frees the context and everything in it."""
        self._gl.release()

    def _wallpaper(self):
        camera, look = self._camera, self._look
        picture = np.clip(room(look.room, camera.width, camera.height, look.seed) * look.exposure, 0, 255)
        picture = picture[::-1].astype(np.uint8)
        paper = self._gl.texture((camera.width, camera.height), 3, picture.tobytes(), alignment=1)
        paper.use(2)
        program = self._gl.program(vertex_shader=WALL_VERTEX, fragment_shader=WALL_FRAGMENT)
        program["wall"] = 2
        corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)
        return self._gl.vertex_array(program, [(self._gl.buffer(corners), "2f", "corner")])

    def _prepare_body(self) -> None:
        figure, look = self._figure, self._look
        triangles = figure.triangles[(figure.part != HAIR) | (look.hair_style == "long")]
        part = np.zeros(len(figure.uv), np.float32)
        part[figure.triangles] = figure.part[:, None]
        # The hair's own texture is nowhere on the atlas: all of it takes the colour of one corner.
        uv = np.where(part[:, None] == HAIR, HAIR_PATCH / 2 / SIZE, figure.uv).astype(np.float32)
        picture = painted(look, *self._unwrapped(uv, triangles, part))
        picture[-HAIR_PATCH:, :HAIR_PATCH] = (*(255 * np.array(look.hair)), 0)
        self._texture = self._gl.texture((SIZE, SIZE), 4, np.ascontiguousarray(picture[::-1]))
        self._texture.build_mipmaps()
        still = self._gl.buffer(np.column_stack([uv, thickness(look, figure.template, part)]).astype(np.float32))
        self._moving = self._gl.buffer(reserve=len(uv) * 24, dynamic=True)
        corners = self._gl.buffer(triangles)
        moving = (self._moving, "3f 3f", "place", "normal")
        self._body = self._gl.vertex_array(self._program, [moving, (still, "2f 1f", "uv", "off")], corners)
        self._cast = self._gl.vertex_array(self._shade, [moving, (still, "2x4 1f", "off")], corners)

    def _unwrapped(self, uv: np.ndarray, triangles: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, ...]:
        """Place and normal on the template (SIZE, SIZE, 3) and part (SIZE, SIZE) of every texel, top row first."""
        template = self._figure.template
        program = self._gl.program(vertex_shader=UNWRAP_VERTEX, fragment_shader=UNWRAP_FRAGMENT)
        target = self._gl.framebuffer([self._gl.texture((SIZE, SIZE), 4, dtype="f4")])
        pictures = []
        for values in (template, self._figure.normals(template)):
            data = self._gl.buffer(np.column_stack([values, uv, part]).astype(np.float32))
            target.use()
            target.clear(0, 0, 0, -1)
            self._gl.vertex_array(program, [(data, "3f 2f 1f", "value", "uv", "kind")],
                                  self._gl.buffer(triangles)).render()
            read = np.frombuffer(target.read(components=4, dtype="f4"), np.float32)
            pictures.append(read.reshape(SIZE, SIZE, 4)[::-1])
        return pictures[0][..., :3], pictures[1][..., :3], pictures[0][..., 3]

    def _set_light(self) -> None:
        look, camera = self._look, self._camera
        turned = camera.turned()
        direction = np.array(look.light) / np.linalg.norm(look.light)
        values = {"camera": _seen_by(camera), "lamp": _lit_by(direction), "light": direction,
                  "colour": look.light_colour, "strength": look.strength, "ambient": look.ambient,
                  "exposure": look.exposure, "eye": np.array(camera.target) + camera.distance * turned[2]}
        for name, value in values.items():
            self._program[name].write(np.asarray(value, np.float32).T.tobytes())
        self._program["paint"], self._program["shadow"] = 0, 1
        self._shade["camera"].write(_lit_by(direction).T.astype(np.float32).tobytes())

    def _with_noise(self, picture: np.ndarray) -> np.ndarray:
        """The picture with the sensor's noise, which a camera's software has smoothed a little."""
        if self._grain is None:
            grain = self._random.normal(0, self._look.noise, (picture.shape[0] + 64, picture.shape[1] + 64, 3))
            self._grain = np.round(cv2.GaussianBlur(grain, (0, 0), 0.6) * 1.6).astype(np.int16)
        down, aside = self._random.integers(0, 64, 2)
        grain = self._grain[down:down + picture.shape[0], aside:aside + picture.shape[1]]
        return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _context():
    try:
        import moderngl
    except ImportError:
        raise DataError("moderngl", "zīmēšanas pakotnes nav",
                        "Palaidiet: pip install --no-deps -r requirements-signer.txt") from None
    try:
        return moderngl.create_context(standalone=True, backend="egl", require=330)
    except Exception as error:  # the loader raises whatever class the missing library does
        raise DataError("OpenGL", f"zīmēt bez ekrāna nevar ({error})",
                        "Debian vai Ubuntu: sudo apt install libegl1 libgl1-mesa-dri") from None


def _seen_by(camera: Camera) -> np.ndarray:
    """The matrix (4, 4) that puts the room where `Camera.project` does."""
    turned = camera.turned()
    place = np.eye(4)
    place[:3, :3] = turned
    place[:3, 3] = -turned @ np.array(camera.target) - (0, 0, camera.distance)
    focal = 1 / np.tan(np.radians(camera.field) / 2)
    across = focal * camera.height / camera.width * (-1 if camera.mirrored else 1)
    depth = (FAR + NEAR) / (NEAR - FAR), 2 * FAR * NEAR / (NEAR - FAR)
    return np.array([[across, 0, 0, 0], [0, focal, 0, 0], [0, 0, *depth], [0, 0, -1, 0]]) @ place


def _lit_by(direction: np.ndarray) -> np.ndarray:
    """The matrix (4, 4) of a lamp far away that lights the space in which hands move."""
    across = np.cross((0, 1, 0), direction)
    across /= np.linalg.norm(across)
    place = np.eye(4)
    place[:3, :3] = np.stack([across, np.cross(direction, across), direction])
    place[:3, 3] = -place[:3, :3] @ LIT
    return np.diag([1 / LIT_SIZE, 1 / LIT_SIZE, -1 / LIT_SIZE, 1]) @ place
