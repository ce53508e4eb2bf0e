using UserNet.Binding;
using UserNet.Ip;
using UserNet.Simulation;

namespace UserNet.Samples.BindShell;

/// <summary>A face that scripts may go through.</summary>
/// <param name="Name">As the command line has it.</param>
/// <param name="Title">As people have it.</param>
/// <param name="Personality">Whose rules hold unless another's are asked for.</param>
/// <param name="Open">A host whose calls go through it.</param>
public sealed record Face(
    string Name, string Title, Personality Personality, Func<HostAddressing, Personality, int, VirtualNetwork?, FaceHost> Open)
{
    /// <summary>POSIX.</summary>
    public static Face Posix { get; } = new("posix", "POSIX", Personality.Linux, static (a, p, s, l) => new StackHost(a, p, s, l));

    /// <summary>Winsock.</summary>
    public static Face Winsock { get; } = new(
        "winsock", "Winsock", Personality.Windows, static (a, p, s, l) => new WinsockHost(isProvider: false, a, p, s, l));

    /// <summary>The procedures of a Winsock service provider.</summary>
    public static Face Wsp { get; } = new("wsp", "WSP", Personality.Windows, static (a, p, s, l) => new WinsockHost(isProvider: true, a, p, s, l));

    /// <summary>Winsock Kernel.</summary>
    public static Face Wsk { get; } = new("wsk", "WSK", Personality.WindowsKernel, static (a, p, s, l) => new WskHost(a, p, s, l));

    /// <summary>.NET.</summary>
    public static Face DotNet { get; } = new("dotnet", ".NET", Personality.Linux, static (a, p, s, l) => new DotNetHost(a, p, s, l));

    /// <summary>All, in the order in which they are shown.</summary>
    public static IReadOnlyList<Face> All { get; } = [Posix, Winsock, Wsp, Wsk, DotNet];

    /// <summary>A face by its name, or null.</summary>
    public static Face? Find(string name) => All.FirstOrDefault(face => face.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
