namespace UserNet.Samples.Faces;

/// <summary>The program: runs the examples that are named, or all.</summary>
public static class CommandLine
{
    private const int Success = 0, Malformed = 2;

    private static readonly (string Name, string Page, Action<Example> Run)[] Examples =
    [
        ("posix", "bind(): a stream bound to 127.0.0.1:27015", PosixExample.Run),
        ("winsock", "bind of winsock2.h: a stream bound to 127.0.0.1:27015", WinsockExample.Run),
        ("wsp", "WSPBind of ws2spi.h: the same, one layer below", ProviderExample.Run),
        ("wsk", "WskBind of wsk.h: a listening socket bound asynchronously, with a completion routine", WskExample.Run),
        ("dotnet", "Socket.Bind: a stream bound to 127.0.0.1:27015", DotNetExample.Run),
    ];

    /// <summary>Runs the program.</summary>
    /// <param name="arguments">The names of faces; none for all.</param>
    /// <param name="output">Where what each call answered goes.</param>
    /// <param name="errors">Where complaints go.</param>
    /// <returns>0; 2 where there is no such face.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        string? unknown = arguments.FirstOrDefault(static name => !Examples.Any(example => example.Name == name));
        if (unknown is not null)
        {
            errors.WriteLine($"'{unknown}' is none of {string.Join(", ", Examples.Select(static example => example.Name))}.");
            return Malformed;
        }

        foreach ((string name, string page, Action<Example> run) in Examples)
        {
            if (arguments.Length != 0 && !arguments.Contains(name)) continue;
            output.WriteLine($"{name}: {page}");
            using var example = new Example(output);
            run(example);
            output.WriteLine();
        }

        return Success;
    }
}
