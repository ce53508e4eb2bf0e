using System.IO.Compression;
using Xunit;

namespace UserNet.Tests.Packages;

[Collection("Packages")]
public sealed class PackageTests : IDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_program_that_has_only_the_packages_builds_and_runs_offline()
    {
        bool isHere = File.Exists(Path.Combine(RepositoryPaths.Root, "UserNet.sln"));
        Assert.SkipUnless(isHere, "Not run where it was built.");
        string version = await PackAsync();
        foreach (string id in (string[])["UserNet", "UserNet.Drill", "UserNet.Lab", "UserNet.Tap"])
        {
            string library = $"lib/net10.0/{id}";
            AssertContents($"{id}.{version}.nupkg", $"{library}.dll", $"{library}.xml", "README.md", "icon.png");
            AssertContents($"{id}.{version}.snupkg", $"{library}.pdb");
        }

        WriteConsumer(version);
        await DotnetCommand.RunAsync(_folder.Name, "build", "-c", "Release", "-nodeReuse:false", "-o", "out");
        string output = await DotnetCommand.RunAsync(_folder.Name, Path.Combine("out", "Consumer.dll"));
        Assert.Equal("[fe80::1%3]:80 EADDRINUSE AddressAlreadyInUse", output.Trim());
    }

    private async Task<string> PackAsync()
    {
        foreach (string project in (string[])["Stack", "Stack.Drill", "Stack.Lab", "Stack.Tap"])
        {
            await DotnetCommand.RunAsync(
                RepositoryPaths.Root, "pack", project, "-c", Configuration, "--no-build", "-nodeReuse:false",
                "-o", Path.Combine(_folder.Name, "feed"));
        }

        AddPackage("spectre.console");
        string package = Assert.Single(Directory.GetFiles(Path.Combine(_folder.Name, "feed"), "UserNet.Tap.*.nupkg"));
        return Path.GetFileNameWithoutExtension(package)["UserNet.Tap.".Length..];
    }

    // What ours depend on, as it was restored to build them.
    private void AddPackage(string name)
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (string file in Directory.EnumerateFiles(Path.Combine(packages, name), "*.nupkg", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(_folder.Name, "feed", Path.GetFileName(file)));
    }

    private void AssertContents(string package, params string[] expected)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(_folder.Name, "feed", package));
        string[] names = [.. archive.Entries.Select(entry => entry.FullName)];
        Assert.All(expected, name => Assert.Contains(name, names));
    }

    // The feed is the only source, and what is restored stays in the folder.
    private void WriteConsumer(string version)
    {
        _folder.Write("nuget.config", """
            <configuration>
              <packageSources><clear /><add key="feed" value="feed" /></packageSources>
              <fallbackPackageFolders><clear /></fallbackPackageFolders>
            </configuration>
            """);
        _folder.Write("Directory.Build.props", "<Project />");
        _folder.Write("Consumer.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <UseAppHost>false</UseAppHost>
                <RestorePackagesPath>$(MSBuildThisFileDirectory)packages</RestorePackagesPath>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="UserNet" Version="[{version}]" />
                <PackageReference Include="UserNet.Drill" Version="[{version}]" />
                <PackageReference Include="UserNet.Lab" Version="[{version}]" />
                <PackageReference Include="UserNet.Tap" Version="[{version}]" />
              </ItemGroup>
            </Project>
            """);
        _folder.Write("Program.cs", """
            using System;
            using System.Net.Sockets;
            using UserNet.Addressing;
            using UserNet.Binding;
            using UserNet.Sockets;

            try
            {
                Console.Write(InetEndpoint.Parse("[fe80:0::1%3]:80"));
                throw new NetworkException(BindRule.InUse, "taken");
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                Console.WriteLine($" {((NetworkException)e).Errno} {e.SocketErrorCode}");
            }
            """);
    }
}
