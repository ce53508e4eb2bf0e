using UserNet.Binding;

namespace UserNet.Samples.Quickstart.Parts;

/// <summary>
/// The same small programs on three systems, each answer by the name that the system's own programmers know.
/// </summary>
internal static class Personalities
{
    private static readonly Personality[] Systems = [Personality.Linux, Personality.Posix, Personality.Windows];

    public static void Show(Page page, int seed)
    {
        page.Title("The same program on three systems");
        page.Table(
            ["program (TCP)", .. Systems.Select(static system => system.Name)],
            SmallPrograms.All.Select(program => Row(program, seed)));
    }

    private static string[] Row(SmallProgram program, int seed) =>
        [program.Name, .. Systems.Select(system => CodeOf(system, Run(program, system, seed)))];

    private static BindRule Run(SmallProgram program, Personality system, int seed) =>
        program.Run(new NetworkStack(new NetworkStackOptions
        {
            Personality = system,
            Settings = static settings => settings.EphemeralPorts = new PortRange(50000, 50001),
            Randomness = new Random(seed).NextBytes,
        }));

    private static string CodeOf(Personality system, BindRule rule) => rule == BindRule.Granted ? "ok" : system.CodeOf(rule);
}
